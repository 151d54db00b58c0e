import type { ReactElement } from 'react'
import { OAuthButton } from './oauth-button.tsx'

/** What every form takes. */
export interface SocialProps {
  /** Whether accounts elsewhere are offered. Default true. */
  readonly showSocialAuth?: boolean
  /** Which ones. Default Google's. */
  readonly providers?: readonly string[]
}

const google = ['google']

/** The providers on offer, and a line below them. */
export function Social({
  showSocialAuth = true,
  providers = google,
  disabled,
  onSuccess,
  onError,
}: SocialProps & {
  readonly disabled: boolean
  readonly onSuccess: (() => void) | undefined
  readonly onError: ((error: Error) => void) | undefined
}): ReactElement | null {
  if (!showSocialAuth || providers.length === 0) return null
  return (
    <>
      {providers.map((provider) => (
        <OAuthButton key={provider} provider={provider} disabled={disabled} onSuccess={onSuccess} onError={onError} />
      ))}
      <div className="ww-or">or</div>
    </>
  )
}
