import { isAuthError } from '@watchword/client'
import { useEffect, useRef, useState } from 'react'
import { sentenceFor } from './sentence.ts'

/** Something a form does that takes a while and may be refused. */
export interface Work {
  readonly busy: boolean
  /** The refusal as a sentence; empty where there is none. */
  readonly refusal: string
  /** Does it, unless something is being done already. */
  run(work: () => Promise<void>): void
}

/**
 * Keeps a form's busyness and refusal.
 * @param onError hears every refusal but that a further step is needed, which the form shows by itself
 */
export function useWork(onError: ((error: Error) => void) | undefined): Work {
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState('')
  const alive = useRef(true)
  useEffect(() => {
    alive.current = true
    return () => {
      alive.current = false
    }
  }, [])

  const doIt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (thrown) {
      if (isAuthError(thrown) && thrown.code === 'attempt_pending') return
      const error = thrown instanceof Error ? thrown : new Error(sentenceFor(thrown))
      if (alive.current) setRefusal(sentenceFor(error))
      onError?.(error)
    } finally {
      if (alive.current) setBusy(false)
    }
  }

  return {
    busy,
    refusal,
    run(work) {
      if (busy) return
      setBusy(true)
      setRefusal('')
      void doIt(work)
    },
  }
}
