import { unwrap } from '@watchword/client'
import type { ReactElement } from 'react'
import { useAuth } from '../use-auth.ts'
import type { Work } from './use-work.ts'

/** For those who have forgotten their password: mails a code, which is then asked for. Our own client alone can. */
export function Recover({ email, work }: { readonly email: string; readonly work: Work }): ReactElement | null {
  const { auth } = useAuth()
  if (auth === null) return null
  const recover = () =>
    work.run(async () => {
      if (email === '') throw new Error('Please enter your e-mail address first.')
      await unwrap(auth.resetPassword({ email }))
    })
  return (
    <button type="button" className="ww-link" disabled={work.busy} onClick={recover}>
      Forgot your password?
    </button>
  )
}
