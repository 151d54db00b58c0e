import { createPasskeys } from '@watchword/client/passkeys'
import type { ReactElement } from 'react'
import { useAuth } from '../use-auth.ts'
import type { StepProps } from './attempt-form.tsx'
import { Form } from './form.tsx'

/** A passkey: the browser asks for it when the button is pressed. */
export function PasskeyStep({ attempt, work, send }: StepProps<'passkey'>): ReactElement {
  const { auth } = useAuth()
  const submit = () => {
    if (auth !== null) send(() => createPasskeys(auth).answer(attempt))
  }
  return (
    <Form
      title="Use your passkey"
      work={work}
      action="Use passkey"
      acting="Waiting for your passkey …"
      onSubmit={submit}
      fields={() => null}
    />
  )
}
