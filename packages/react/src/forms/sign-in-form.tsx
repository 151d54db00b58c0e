import { type ReactElement, useState } from 'react'
import type { AuthContextValue } from '../auth-context.ts'
import { useAuth } from '../use-auth.ts'
import { AttemptForm, atTheDoor } from './attempt-form.tsx'
import { Field } from './field.tsx'
import { Form } from './form.tsx'
import { Recover } from './recover.tsx'
import { sentenceForReason } from './sentence.ts'
import { Social, type SocialProps } from './social.tsx'
import { usePasskeyAutofill } from './use-passkey-autofill.ts'
import { useWork } from './use-work.ts'

/** What {@link SignInForm} takes. */
export interface SignInFormProps extends SocialProps {
  /** Somebody is signed in. */
  readonly onSuccess?: (() => void) | undefined
  readonly onError?: ((error: Error) => void) | undefined
  /** Whether passkeys are offered among the suggestions for the address. Default true. */
  readonly passkeys?: boolean
}

/**
 * Signs in with e-mail address and password or at a provider, and asks for whatever is owed beside that.
 * @throws Error outside of an `AuthProvider`
 * @example
 * <SignInForm onSuccess={() => navigate('/')} />
 */
export function SignInForm({ onSuccess, onError, passkeys = true, ...social }: SignInFormProps): ReactElement {
  const auth = useAuth()
  const attempt = atTheDoor(auth.attempt)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const work = useWork(onError)
  usePasskeyAutofill(passkeys && attempt === null, onSuccess)
  if (attempt !== null) return <AttemptForm attempt={attempt} onSuccess={onSuccess} onError={onError} />

  const submit = () =>
    work.run(async () => {
      await auth.service.signIn(email, password)
      onSuccess?.()
    })
  return (
    <Form
      title="Sign in"
      work={work}
      action="Sign in"
      acting="Signing in …"
      onSubmit={submit}
      before={
        <>
          <div className="ww-note" role="status">
            {work.refusal === '' ? sentenceForReason(reasonOf(auth)) : ''}
          </div>
          <Social {...social} disabled={work.busy} onSuccess={onSuccess} onError={onError} />
        </>
      }
      after={<Recover email={email} work={work} />}
      fields={(refusal) => {
        const common = { disabled: work.busy, describedBy: refusal, isWrong: refusal !== undefined }
        return (
          <>
            <Field
              {...common}
              id="email"
              label="E-mail address"
              type="email"
              autoComplete="username webauthn"
              value={email}
              onValue={setEmail}
            />
            <Field
              {...common}
              id="password"
              label="Password"
              type="password"
              autoComplete="current-password"
              value={password}
              onValue={setPassword}
            />
          </>
        )
      }}
    />
  )
}

/** Why nobody is in; our own client alone knows. */
function reasonOf({ auth, status }: Pick<AuthContextValue, 'auth' | 'status'>): string | null {
  if (auth === null || status !== 'signed_out') return null
  return auth.state.status === 'signed_out' ? auth.state.reason : null
}
