import { type ReactElement, useState } from 'react'
import type { StepProps } from './attempt-form.tsx'
import { CodeField } from './code-field.tsx'
import { Form } from './form.tsx'

/** Setting an authenticator app up, where that is asked for. */
export function SetUpStep({ attempt, step, work, id, send }: StepProps<'totp_setup'>): ReactElement {
  const [code, setCode] = useState('')
  return (
    <Form
      title="Set up your authenticator app"
      work={work}
      action="Go on"
      acting="Checking …"
      onSubmit={() => send(() => attempt.answer({ code }))}
      before={
        <div className="ww-note">
          <p>Scan the picture with your authenticator app, then type the code that it shows.</p>
          {step.qr === null ? null : <img className="ww-qr" src={step.qr} alt="The secret, to be scanned" />}
          {step.secret === null ? null : (
            <p>
              Or type the secret: <code>{step.secret}</code>
            </p>
          )}
        </div>
      }
      fields={(refusal) => (
        <CodeField
          id={`${id}-code`}
          inputMode="numeric"
          value={code}
          onValue={setCode}
          disabled={work.busy}
          describedBy={refusal}
        />
      )}
    />
  )
}
