import { type Attempt, type Outcome, unwrap } from '@watchword/client'
import { type ReactElement, useEffect, useId, useRef } from 'react'
import { ChooseStep } from './choose-step.tsx'
import { CodeStep } from './code-step.tsx'
import { PasskeyStep } from './passkey-step.tsx'
import { SetUpStep } from './set-up-step.tsx'
import { useWork, type Work } from './use-work.ts'
import { YesStep } from './yes-step.tsx'

export interface AttemptFormProps {
  readonly attempt: Attempt
  /** Somebody is signed in. */
  readonly onSuccess?: (() => void) | undefined
  readonly onError?: ((error: Error) => void) | undefined
}

/** What each step is handed. */
export interface StepProps<Type extends Attempt['step']['type']> {
  readonly attempt: Attempt
  readonly step: Extract<Attempt['step'], { type: Type }>
  readonly work: Work
  /** For the ids of fields. */
  readonly id: string
  /** Sends something and waits for what comes of it. */
  send(act: () => ReturnType<Attempt['answer']>): void
}

const ways = new Set(['sign_in', 'sign_up', 'recovery', 'invite'])

/** The attempt, if it is one at getting in. */
export function atTheDoor(attempt: Attempt | null): Attempt | null {
  return attempt !== null && ways.has(attempt.purpose) ? attempt : null
}

/** Asks for whatever is owed before somebody is in: a mailed code, a second factor, a yes. */
export function AttemptForm({ attempt, onSuccess, onError }: AttemptFormProps): ReactElement {
  const work = useWork(onError)
  const id = useId()
  const place = useRef<HTMLDivElement>(null)
  const { type } = attempt.step
  useEffect(() => {
    // A new step takes the place of what had the focus.
    const first = type === 'passkey' || type === 'redirect' ? '.ww-primary' : 'input'
    place.current?.querySelector<HTMLElement>(first)?.focus()
  }, [type])

  const send = (act: () => ReturnType<Attempt['answer']>) =>
    work.run(async () => {
      const outcome: Outcome = await unwrap(act())
      if (outcome.status === 'complete') onSuccess?.()
    })
  const giveUp = () =>
    work.run(async () => {
      await unwrap(attempt.cancel())
    })
  return (
    <div className="ww-attempt" ref={place}>
      <Step attempt={attempt} work={work} id={id} send={send} />
      <button type="button" className="ww-link" disabled={work.busy} onClick={giveUp}>
        Start again
      </button>
    </div>
  )
}

function Step({ attempt, ...rest }: Omit<StepProps<never>, 'step'>): ReactElement {
  const { step } = attempt
  switch (step.type) {
    case 'code':
      return <CodeStep {...rest} attempt={attempt} step={step} />
    case 'choose':
      return <ChooseStep {...rest} attempt={attempt} step={step} />
    case 'totp_setup':
      return <SetUpStep {...rest} attempt={attempt} step={step} />
    case 'passkey':
      return <PasskeyStep {...rest} attempt={attempt} step={step} />
    case 'accept':
      return <YesStep {...rest} attempt={attempt} step={step} />
    case 'redirect':
      return (
        <a className="ww-button ww-primary" href={step.url}>
          Go on
        </a>
      )
    default:
      // A server may know more steps than this page.
      return (
        <p className="ww-refusal" role="alert">
          This page does not know how to go on. Please load it again.
        </p>
      )
  }
}
