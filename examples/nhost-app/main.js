import { createClient } from '@nhost/nhost-js'

const url = import.meta.env.VITE_WATCHWORD_URL ?? 'http://localhost:8787'
const nhost = createClient({ authUrl: `${url}/nhost/v1` })

const place = (id) => document.getElementById(id)
const say = (text) => {
  place('said').textContent = text
}
const show = (session) => {
  place('who').textContent = session?.user?.email ?? 'nobody'
}

nhost.sessionStorage.onChange(show)

const deeds = {
  signIn: (email, password) => nhost.auth.signInEmailPassword({ email, password }),
  async signUp(email, password) {
    await nhost.auth.signUpEmailPassword({ email, password, options: { redirectTo: location.href } })
    return 'Please open your inbox.'
  },
  signOut: () => nhost.auth.signOut({ refreshToken: nhost.getUserSession()?.refreshToken ?? '' }),
}

async function act(deed, ...input) {
  try {
    const said = await deeds[deed](...input)
    say(typeof said === 'string' ? said : '')
  } catch (error) {
    say(error.message)
  }
}

document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const { email, password } = event.target.elements
  void act(event.submitter.value, email.value, password.value)
})
place('sign-out').addEventListener('click', () => void act('signOut'))

// A mailed link comes back with a token that opens the session.
const refreshToken = new URLSearchParams(location.search).get('refreshToken')
if (refreshToken === null) show(nhost.getUserSession())
else {
  history.replaceState(null, '', location.pathname)
  await nhost.auth.refreshToken({ refreshToken })
  show(nhost.getUserSession())
}
