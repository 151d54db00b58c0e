import { createClient } from '@supabase/supabase-js'

const url = import.meta.env.VITE_WATCHWORD_URL ?? 'http://localhost:8787'
const key = import.meta.env.VITE_WATCHWORD_KEY ?? 'publishable'
const { auth } = createClient(url, key)

const place = (id) => document.getElementById(id)
const say = (text) => {
  place('said').textContent = text
}

auth.onAuthStateChange((_, session) => {
  place('who').textContent = session?.user.email ?? 'nobody'
})

const deeds = {
  async signIn(email, password) {
    const { error } = await auth.signInWithPassword({ email, password })
    say(error?.message ?? '')
  },
  async signUp(email, password) {
    const { error } = await auth.signUp({ email, password, options: { emailRedirectTo: location.href } })
    say(error?.message ?? 'Please open your inbox.')
  },
}

document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const { email, password } = event.target.elements
  void deeds[event.submitter.value](email.value, password.value)
})
place('sign-out').addEventListener('click', () => void auth.signOut())
