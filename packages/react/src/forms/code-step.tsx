import { type ReactElement, useState } from 'react'
import type { StepProps } from './attempt-form.tsx'
import { CodeField } from './code-field.tsx'
import { Field } from './field.tsx'
import { Form } from './form.tsx'

const sent = 'Another code is on its way. The one before is good for nothing any more.'
const tooSoon = 'A code was sent a moment ago. Please give it a minute before you ask for another one.'

/** A code that was mailed or texted; with a recovery also the new password. */
export function CodeStep({ attempt, step, work, id, send }: StepProps<'code'>): ReactElement {
  const [code, setCode] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const [news, setNews] = useState('')
  const isRecovery = attempt.purpose === 'recovery'
  const answer = isRecovery ? { code, newPassword } : { code }
  const again = () =>
    send(async () => {
      const result = await attempt.resend()
      const next = result.data?.status === 'pending' ? result.data.attempt.step : undefined
      // Where none could be sent yet, the step still says from when on.
      if (next?.type === 'code') setNews(next.resendAt === step.resendAt ? tooSoon : sent)
      return result
    })
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
        <>
          <button type="button" className="ww-link" disabled={work.busy} onClick={again}>
            Send another code
          </button>
          <div className="ww-note" role="status">
            {work.busy ? '' : news}
          </div>
        </>
      }
      fields={(refusal) => (
        <>
          <CodeField
            id={`${id}-code`}
            inputMode="numeric"
            value={code}
            onValue={setCode}
            disabled={work.busy}
            describedBy={refusal}
          />
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
