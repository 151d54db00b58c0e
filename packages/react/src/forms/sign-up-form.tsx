import { type ReactElement, useState } from 'react'
import { useAuth } from '../use-auth.ts'
import { AttemptForm, atTheDoor } from './attempt-form.tsx'
import { Field } from './field.tsx'
import { Form } from './form.tsx'
import { Social, type SocialProps } from './social.tsx'
import { useWork } from './use-work.ts'

/** What {@link SignUpForm} takes. */
export interface SignUpFormProps extends SocialProps {
  /** The sign-up was taken; whether somebody is signed in is told by `session`, as the address may wait for its mail. */
  readonly onSuccess?: (() => void) | undefined
  readonly onError?: ((error: Error) => void) | undefined
}

const nothing = { name: '', surname: '', email: '', password: '' }

/**
 * Signs up, and asks for the mailed code where addresses are confirmed.
 * @throws Error outside of an `AuthProvider`
 * @example
 * <SignUpForm onSuccess={() => navigate('/welcome')} />
 */
export function SignUpForm({ onSuccess, onError, ...social }: SignUpFormProps): ReactElement {
  const auth = useAuth()
  const attempt = atTheDoor(auth.attempt)
  const [person, setPerson] = useState(nothing)
  const [isWaiting, setWaiting] = useState(false)
  const work = useWork(onError)
  if (attempt !== null) return <AttemptForm attempt={attempt} onError={onError} />

  const submit = () =>
    work.run(async () => {
      const { session } = await auth.service.signUp(person.email, person.password, person.name, person.surname)
      setWaiting(session === null)
      onSuccess?.()
    })
  const field = (name: keyof typeof nothing, refusal: string | undefined) => ({
    value: person[name],
    onValue: (value: string) => setPerson((before) => ({ ...before, [name]: value })),
    disabled: work.busy,
    describedBy: refusal,
    isWrong: refusal !== undefined,
  })
  return (
    <Form
      title="Sign up"
      work={work}
      action="Sign up"
      acting="Signing up …"
      onSubmit={submit}
      before={<Social {...social} disabled={work.busy} onSuccess={onSuccess} onError={onError} />}
      after={
        <div className="ww-note" role="status">
          {isWaiting ? 'We have sent you a mail. Please open it to confirm your address.' : ''}
        </div>
      }
      fields={(refusal) => (
        <>
          <div className="ww-row">
            <Field {...field('name', undefined)} id="name" label="First name" autoComplete="given-name" />
            <Field {...field('surname', undefined)} id="surname" label="Last name" autoComplete="family-name" />
          </div>
          <Field
            {...field('email', refusal)}
            id="signup-email"
            label="E-mail address"
            type="email"
            autoComplete="email"
          />
          <Field
            {...field('password', refusal)}
            id="signup-password"
            label="Password"
            type="password"
            autoComplete="new-password"
          />
        </>
      )}
    />
  )
}
