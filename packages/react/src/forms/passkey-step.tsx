import type { Json } from '@watchword/client'
import type { ReactElement } from 'react'
import type { StepProps } from './attempt-form.tsx'
import { Form } from './form.tsx'

/** A passkey: the browser asks for it when the button is pressed. */
export function PasskeyStep({ attempt, step, work, send }: StepProps<'passkey'>): ReactElement {
  return (
    <Form
      title="Use your passkey"
      work={work}
      action="Use passkey"
      acting="Waiting for your passkey …"
      onSubmit={() => send(async () => attempt.answer({ credential: await ceremony(step) }))}
      fields={() => null}
    />
  )
}

/** The browser's part (WebAuthn Level 3 §5.1). @throws Error when it cannot, or somebody does not want to */
async function ceremony({ mode, publicKey }: StepProps<'passkey'>['step']): Promise<Json> {
  if (typeof PublicKeyCredential?.parseRequestOptionsFromJSON !== 'function')
    throw new Error('This browser cannot use passkeys.')
  const options = publicKey as never
  const found =
    mode === 'get'
      ? navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
      : navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
  const credential = await found.catch(() => null)
  if (credential === null) throw new Error('No passkey was used. Please try again.')
  return (credential as PublicKeyCredential).toJSON() as unknown as Json
}
