import type { Session } from '../session.ts'
import type { AuthService, SignedInThere } from './auth-service.ts'

/** A sign-in in a second window. */
export interface PopupTask {
  readonly provider: string
  /** Where the window goes first. Its origin may send messages, and so may the page's own. */
  readonly url: string
  readonly service: Pick<AuthService, 'getSession' | 'onAuthStateChange'>
  /** Makes a session of what the window says; nothing where it says something else. @throws what went wrong there */
  read(said: Readonly<Record<string, unknown>>): Promise<Session> | undefined
}

const features = 'width=500,height=600,menubar=no,toolbar=no,location=no,status=no,scrollbars=yes,resizable=yes'
const patienceMs = 5 * 60_000

/**
 * Opens a second window and waits for whatever comes first: a session, a message, its end, or five minutes.
 * @throws Error "Popup blocked…", "Authentication was cancelled", "Authentication timeout", or what the window said
 */
export async function throughPopup(task: PopupTask): Promise<SignedInThere> {
  const popup = window.open(task.url, `${task.provider}-oauth-popup`, features)
  if (popup === null) throw new Error('Popup blocked. Please allow popups and try again.')
  const stops: (() => void)[] = []
  try {
    const session = await Promise.race([
      heard(task, popup, stops),
      signedIn(task, stops),
      closed(task, popup, stops),
      tooLate(stops),
    ])
    window.dispatchEvent(new CustomEvent('supabase:session', { detail: session }))
    return { session, provider: task.provider }
  } finally {
    for (const stop of stops) stop()
    popup.close()
  }
}

/** Anybody may send messages to a page: only that window counts, and only while it shows one of these two origins. */
function heard({ url, read }: PopupTask, popup: Window, stops: (() => void)[]): Promise<Session> {
  const trusted = [new URL(url).origin, window.location.origin]
  return new Promise((resolve, reject) => {
    const onMessage = ({ source, origin, data }: MessageEvent<unknown>) => {
      if (source !== popup || !trusted.includes(origin) || typeof data !== 'object' || data === null) return
      const session = read(data as Record<string, unknown>)
      if (session === undefined) return
      // The window has said all it had to say, and closes while its word is being checked.
      for (const stop of stops) stop()
      session.then(resolve, reject)
    }
    window.addEventListener('message', onMessage)
    stops.push(() => window.removeEventListener('message', onMessage))
  })
}

function signedIn({ service }: PopupTask, stops: (() => void)[]): Promise<Session> {
  return new Promise((resolve) => {
    const { data } = service.onAuthStateChange((event, session) => {
      if (event === 'SIGNED_IN' && session !== null) resolve(session)
    })
    stops.push(() => data.subscription.unsubscribe())
  })
}

/**
 * A provider that cuts its window off from ours makes it look closed while somebody is typing there. So it counts as
 * closed when this page is looked at again.
 */
function closed({ service }: PopupTask, popup: Window, stops: (() => void)[]): Promise<Session> {
  return new Promise((resolve, reject) => {
    const settle = async () => {
      const { data } = await service.getSession()
      if (data.session !== null) resolve(data.session)
      else reject(new Error('Authentication was cancelled'))
    }
    const timer = setInterval(() => {
      if (!popup.closed || !document.hasFocus()) return
      clearInterval(timer)
      settle().catch(reject)
    }, 1_000)
    stops.push(() => clearInterval(timer))
  })
}

function tooLate(stops: (() => void)[]): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error('Authentication timeout')), patienceMs)
    stops.push(() => clearTimeout(timer))
  })
}
