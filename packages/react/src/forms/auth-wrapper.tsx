import { type ReactElement, useEffect, useRef, useState } from 'react'
import { SignInForm } from './sign-in-form.tsx'
import { SignUpForm } from './sign-up-form.tsx'
import type { SocialProps } from './social.tsx'

/** What {@link AuthWrapper} takes. */
export interface AuthWrapperProps extends SocialProps {
  /** Which form comes first: `signin`, or anything else for signing up. Default `signin`. */
  readonly defaultTab?: string
  /** Somebody is signed in. */
  readonly onSignInSuccess?: () => void
  /** A sign-up was taken; the address may still wait for its mail. */
  readonly onSignUpSuccess?: () => void
  /** Hears what either form was refused. */
  readonly onError?: (error: Error) => void
}

/**
 * Both forms, one at a time.
 * @throws Error outside of an `AuthProvider`
 * @example
 * <AuthWrapper onSignInSuccess={() => navigate('/')} />
 */
export function AuthWrapper(props: AuthWrapperProps): ReactElement {
  const { defaultTab = 'signin', onSignInSuccess, onSignUpSuccess, onError, ...social } = props
  const [isSignIn, setSignIn] = useState(defaultTab === 'signin')
  const [isSwitched, setSwitched] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Whoever presses the button wants to type, and the button has changed its meaning under their fingers.
    if (isSwitched) place.current?.querySelector<HTMLElement>(isSignIn ? '#email' : '#name')?.focus()
  }, [isSignIn, isSwitched])

  const turn = () => {
    setSignIn(!isSignIn)
    setSwitched(true)
  }
  return (
    <div className="ww-wrapper" ref={place}>
      {isSignIn ? (
        <SignInForm {...social} onSuccess={onSignInSuccess} onError={onError} />
      ) : (
        <SignUpForm {...social} onSuccess={onSignUpSuccess} onError={onError} />
      )}
      <button type="button" className="ww-link ww-switch" onClick={turn}>
        {isSignIn ? 'No account yet? Sign up' : 'Have an account? Sign in'}
      </button>
    </div>
  )
}
