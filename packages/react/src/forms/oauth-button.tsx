import type { ReactElement, ReactNode } from 'react'
import { useAuth } from '../use-auth.ts'
import { useWork } from './use-work.ts'

/** What {@link OAuthButton} takes. */
export interface OAuthButtonProps {
  /** The provider's id, such as `google`. */
  readonly provider: string
  /** Taken for the sake of `altan-auth`, which does nothing with it either. */
  readonly options?: object
  /** Default: "Continue with Google", by the provider's name. */
  readonly children?: ReactNode
  readonly className?: string
  readonly disabled?: boolean
  readonly onSuccess?: (() => void) | undefined
  readonly onError?: ((error: Error) => void) | undefined
}

/**
 * Signs in at a provider in a second window. What goes wrong is said below the button.
 * @throws Error outside of an `AuthProvider`
 * @example
 * <OAuthButton provider="github" />
 */
export function OAuthButton(props: OAuthButtonProps): ReactElement {
  const { provider, children, className, disabled = false, onSuccess, onError } = props
  const { service } = useAuth()
  const work = useWork(onError)
  const press = () =>
    work.run(async () => {
      await service.signInWithOAuth(provider)
      onSuccess?.()
    })
  return (
    <div className="ww-oauth">
      <button
        type="button"
        className={className ?? 'ww-button ww-provider'}
        disabled={disabled || work.busy}
        aria-busy={work.busy}
        onClick={press}
      >
        {children ?? `Continue with ${nameOf(provider)}`}
      </button>
      <div className="ww-refusal" role="alert" aria-live="assertive">
        {work.refusal}
      </div>
    </div>
  )
}

const names: Readonly<Record<string, string>> = { github: 'GitHub', gitlab: 'GitLab', linkedin: 'LinkedIn' }

function nameOf(provider: string): string {
  return names[provider] ?? provider.charAt(0).toUpperCase() + provider.slice(1)
}
