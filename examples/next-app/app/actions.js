'use server'

import { redirect } from 'next/navigation'
import { visitor } from '../lib/visitor.js'

/** Does it, and goes on to the page that shows what came of it; or says what was refused. */
async function go(act) {
  const { error } = await act(await visitor())
  if (error !== null) return error.message
  redirect('/')
}

export async function enter(_, form) {
  const input = { email: String(form.get('email')), password: String(form.get('password')) }
  return go((auth) => (form.get('how') === 'sign-up' ? auth.signUp(input) : auth.signInWithPassword(input)))
}

export async function answer(_, form) {
  return go(async (auth) => {
    // Once somebody was asked for, it is known as well what was begun.
    await auth.getUser()
    return auth.attempt?.answer({ code: String(form.get('code')) }) ?? { error: null }
  })
}

export async function enterWithGoogle() {
  const auth = await visitor()
  const { data } = await auth.signInWithProvider('google', { mode: 'url' })
  redirect(data?.url ?? '/?refused=1')
}

export async function signOut() {
  return go((auth) => auth.signOut())
}
