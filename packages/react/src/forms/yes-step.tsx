import { type ReactElement, useState } from 'react'
import type { StepProps } from './attempt-form.tsx'
import { Field } from './field.tsx'
import { Form } from './form.tsx'

/** An invitation, which may take a password with its yes. */
export function YesStep({ attempt, step, work, id, send }: StepProps<'accept'>): ReactElement {
  const [password, setPassword] = useState('')
  const chosen = password === '' ? {} : { password }
  return (
    <Form
      title="You are invited"
      work={work}
      action="Accept"
      acting="Accepting …"
      onSubmit={() => send(() => attempt.answer({ accept: true, ...chosen }))}
      before={step.email === null ? null : <p className="ww-note">as {step.email}</p>}
      fields={(refusal) =>
        step.password ? (
          <Field
            id={`${id}-password`}
            label="Choose a password"
            type="password"
            autoComplete="new-password"
            value={password}
            onValue={setPassword}
            disabled={work.busy}
            describedBy={refusal}
            isWrong={refusal !== undefined}
            required={false}
          />
        ) : null
      }
    />
  )
}
