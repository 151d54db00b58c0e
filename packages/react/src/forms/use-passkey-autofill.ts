import { createPasskeys } from '@watchword/client/passkeys'
import { useEffect, useRef } from 'react'
import { useAuth } from '../use-auth.ts'

/**
 * Offers passkeys among the suggestions of the field for the address, where the browser and our own client can.
 * @param isWanted whether a form is there that has such a field
 */
export function usePasskeyAutofill(isWanted: boolean, onSuccess: (() => void) | undefined): void {
  const { auth } = useAuth()
  const done = useRef(onSuccess)
  useEffect(() => {
    done.current = onSuccess
  })
  useEffect(() => {
    if (auth === null || !isWanted) return
    const stop = new AbortController()
    const wait = async () => {
      const passkeys = createPasskeys(auth)
      if (!(await passkeys.isAutofillSupported()) || stop.signal.aborted) return
      // Where there are no passkeys here, or none is picked, the form is as it was.
      const { data } = await passkeys.signIn({ autofill: true, signal: stop.signal })
      if (data?.status === 'complete') done.current?.()
    }
    wait().catch(() => {})
    return () => stop.abort()
  }, [auth, isWanted])
}
