import { type ReactElement, useState } from 'react'
import type { StepProps } from './attempt-form.tsx'
import { CodeField } from './code-field.tsx'
import { Field } from './field.tsx'
import { Form } from './form.tsx'

type Option = StepProps<'choose'>['step']['options'][number]

/** These are answered at once; for the others something is sent or set up first. */
const labels: Readonly<Record<string, string>> = {
  password: 'Password',
  totp: 'Code of your authenticator app',
  recovery_code: 'Recovery code',
}

const isAnswered = ({ type, enroll }: Option) => !enroll && Object.hasOwn(labels, type)

/** One of several ways to prove who it is. */
export function ChooseStep({ attempt, step, work, id, send }: StepProps<'choose'>): ReactElement {
  const [chosen, setChosen] = useState(step.options[0]?.id ?? '')
  const [proof, setProof] = useState('')
  const option = step.options.find((each) => each.id === chosen) ?? step.options[0]
  const submit = () => {
    if (option === undefined) return
    if (!isAnswered(option)) return send(() => attempt.choose(option.id))
    const given = option.type === 'password' ? { password: proof } : { code: proof }
    send(() => attempt.answer({ option: option.id, ...given }))
  }
  return (
    <Form
      title="One more step"
      work={work}
      action="Go on"
      acting="Checking …"
      onSubmit={submit}
      fields={(refusal) => (
        <>
          {step.options.length > 1 ? (
            <fieldset className="ww-options" disabled={work.busy}>
              <legend className="ww-label">How do you want to prove that it is you?</legend>
              {step.options.map((each) => (
                <label key={each.id} className="ww-option">
                  <input
                    type="radio"
                    name={`${id}-option`}
                    checked={each.id === option?.id}
                    onChange={() => setChosen(each.id)}
                  />
                  {nameOf(each)}
                </label>
              ))}
            </fieldset>
          ) : null}
          <Proof option={option} id={id} value={proof} onValue={setProof} disabled={work.busy} describedBy={refusal} />
        </>
      )}
    />
  )
}

interface ProofProps {
  readonly option: Option | undefined
  readonly id: string
  readonly value: string
  onValue(value: string): void
  readonly disabled: boolean
  readonly describedBy: string | undefined
}

function Proof({ option, id, ...rest }: ProofProps): ReactElement | null {
  if (option === undefined || !isAnswered(option)) return null
  const label = labels[option.type] ?? ''
  if (option.type !== 'password') return <CodeField {...rest} id={`${id}-code`} label={label} />
  const isWrong = rest.describedBy !== undefined
  return (
    <Field
      {...rest}
      id={`${id}-password`}
      label={label}
      type="password"
      autoComplete="current-password"
      isWrong={isWrong}
    />
  )
}

function nameOf({ type, name, sentTo }: Option): string {
  const kinds = { ...labels, email: 'A code by mail', phone: 'A code by text message', passkey: 'Passkey' }
  const kind = (kinds as Readonly<Record<string, string>>)[type] ?? type
  const which = name ?? sentTo
  return which === null ? kind : `${kind} (${which})`
}
