import { createClient } from 'altogic'

const url = import.meta.env.VITE_WATCHWORD_URL ?? 'http://localhost:8787'
const key = import.meta.env.VITE_WATCHWORD_KEY ?? 'publishable'
const { auth } = createClient(url, key)

const place = (id) => document.getElementById(id)

async function show({ errors } = {}, said = '') {
  place('said').textContent = errors ? errors.items.map(({ message }) => message).join(' ') : said
  place('who').textContent = auth.getUser()?.email ?? 'nobody'
}

const deeds = {
  signIn: async (email, password) => show(await auth.signInWithEmail(email, password)),
  signUp: async (email, password) => show(await auth.signUpWithEmail(email, password), 'Please open your inbox.'),
}

document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const { email, password } = event.target.elements
  void deeds[event.submitter.value](email.value, password.value)
})
place('sign-out').addEventListener('click', async () => show(await auth.signOut()))

// A mailed link comes back with a token that is worth a session, once.
const grant = new URLSearchParams(location.search).get('access_token')
await show(grant === null ? {} : await auth.getAuthGrant(grant))
if (grant !== null) history.replaceState(null, '', location.pathname)
