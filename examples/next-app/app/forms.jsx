'use client'

import { useActionState } from 'react'
import { answer, enter, enterWithGoogle } from './actions.js'

export function Door() {
  const [refusal, act, isBusy] = useActionState(enter, null)
  return (
    <>
      <form action={act}>
        <Field label="E-mail" name="email" type="email" autoComplete="email" />
        <Field label="Password" name="password" type="password" autoComplete="current-password" />
        <button type="submit" name="how" value="sign-in" disabled={isBusy}>
          Sign in
        </button>
        <button type="submit" name="how" value="sign-up" disabled={isBusy}>
          Sign up
        </button>
        <Said>{refusal}</Said>
      </form>
      <form action={enterWithGoogle}>
        <button type="submit">Sign in with Google</button>
      </form>
    </>
  )
}

export function Step() {
  const [refusal, act, isBusy] = useActionState(answer, null)
  return (
    <form action={act}>
      <Field label="Code" name="code" autoComplete="one-time-code" />
      <button type="submit" disabled={isBusy}>
        Go on
      </button>
      <Said>{refusal}</Said>
    </form>
  )
}

function Field({ label, ...input }) {
  return (
    <p>
      <label>
        {label} <input required {...input} />
      </label>
    </p>
  )
}

function Said({ children }) {
  return (
    <p id="said" role="alert">
      {children}
    </p>
  )
}
