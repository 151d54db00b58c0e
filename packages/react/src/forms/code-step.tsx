import { type ReactElement, useState } from 'react'
import type { StepProps } from './attempt-form.tsx'
import { CodeField } from './code-field.tsx'
import { Field } from './field.tsx'
import { Form } from './form.tsx'

/** A code that was mailed or texted; with a recovery also the new password. */
export function CodeStep({ attempt, step, work, id, send }: StepProps<'code'>): ReactElement {
  const [code, setCode] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const isRecovery = attempt.purpose === 'recovery'
  const answer = isRecovery ? { code, newPassword } : { code }
  return (
    <Form
      title={step.channel === 'email' ? 'Open your inbox' : 'Look at your phone'}
      work={work}
      action="Go on"
      acting="Checking …"
      onSubmit={() => send(() => attempt.answer(answer))}
      before={
        <p className="ww-note">
          We have sent a code to {step.sentTo}.{step.hasLink ? ' You may open the link in it instead.' : ''}
        </p>
      }
      after={
        <button type="button" className="ww-link" disabled={work.busy} onClick={() => send(() => attempt.resend())}>
          Send another code
        </button>
      }
      fields={(refusal) => (
        <>
          <CodeField id={`${id}-code`} value={code} onValue={setCode} disabled={work.busy} describedBy={refusal} />
          {isRecovery ? (
            <Field
              id={`${id}-password`}
              label="New password"
              type="password"
              autoComplete="new-password"
              value={newPassword}
              onValue={setNewPassword}
              disabled={work.busy}
            />
          ) : null}
        </>
      )}
    />
  )
}
