import { AuthError } from '../base/auth-error.ts'
import { isObject } from '../base/encoding.ts'
import { type Runtime, systemRuntime } from '../base/runtime.ts'

/** Something that is done in a second window. */
export interface WindowTask<T> {
  /** Where it goes. It is open before this is asked, since a browser opens one in a gesture alone. */
  address(): Promise<string>
  /** Makes an answer of what it says to this page; nothing where it says something else. @throws what went wrong there */
  read(said: Readonly<Record<string, unknown>>): Promise<T> | undefined
  /** Listens for an answer that comes another way, also after the window seems to be closed. @returns the way to stop */
  otherwise?(answer: (answered: Promise<T>) => void): () => void
  /** An answer that is there by the time it is closed. */
  closed?(): Promise<T | undefined>
  /** Default: the browser's timers. */
  readonly runtime?: Pick<Runtime, 'after'>
}

const features = 'width=500,height=600,menubar=no,toolbar=no,location=no,status=no,scrollbars=yes,resizable=yes'
const patienceMs = 5 * 60_000
const lookMs = 1_000

const sentences = {
  popup_blocked: 'Popup blocked. Please allow popups and try again.',
  popup_closed: 'Authentication was cancelled',
  timeout: 'Authentication timeout',
}
const fault = (code: keyof typeof sentences) => new AuthError(code, { message: sentences[code] })

/**
 * Opens a second window and waits for whatever comes first: an answer, its end, or five minutes. To be called in a gesture,
 * before anything is awaited. What the window says counts from that window alone, and from two origins: that of the address
 * it was sent to, and the page's own. An answer that comes after its end is still worked on.
 * @throws AuthError `popup_blocked`, `popup_closed`, `timeout`
 * @throws TypeError where there are no windows
 * @example
 * const answer = await throughWindow({
 *   address: async () => 'https://pay.example.com/checkout',
 *   read: ({ type, receipt }) => (type === 'paid' ? Promise.resolve(String(receipt)) : undefined),
 * })
 */
export async function throughWindow<T>(task: WindowTask<T>): Promise<T> {
  if (typeof window !== 'object') throw new TypeError('A second window needs a browser.')
  const popup = window.open('about:blank', '_blank', features)
  if (popup === null) throw fault('popup_blocked')
  try {
    return await answerOf(popup, task)
  } finally {
    popup.close()
  }
}

function answerOf<T>(popup: Window, task: WindowTask<T>): Promise<T> {
  const { after } = task.runtime ?? systemRuntime()
  return new Promise((resolve, reject) => {
    const [ears, late] = [aList(), aList()]
    const stop = () => {
      ears.stop()
      late.stop()
    }
    const answer = (answered: Promise<T>) => {
      // The window has said all it had to say, and closes while its word is being checked.
      stop()
      answered.then(resolve, reject)
    }
    const fail = (error: unknown) => {
      stop()
      reject(error)
    }
    const end = async () => {
      ears.stop()
      const found = await task.closed?.()
      if (found === undefined) reject(fault('popup_closed'))
      else resolve(found)
    }
    late.add(after(patienceMs, () => fail(fault('timeout'))))
    if (task.otherwise !== undefined) late.add(task.otherwise(answer))
    const trusted = [window.location.origin]
    ears.add(hear(popup, trusted, (said) => task.read(said), answer))
    ears.add(onEnd(popup, after, () => void end().catch(fail)))
    task.address().then((address) => {
      trusted.push(new URL(address).origin)
      popup.location.replace(address)
    }, fail)
  })
}

/** Things that are stopped together. */
function aList() {
  const stops = new Set<() => void>()
  return {
    add: (stop: () => void) => void stops.add(stop),
    stop() {
      for (const stop of stops) stop()
      stops.clear()
    },
  }
}

/** Anybody may send messages to a page: only that window counts, and only while it shows one of the trusted origins. */
function hear<T>(
  popup: Window,
  trusted: readonly string[],
  read: WindowTask<T>['read'],
  answer: (answered: Promise<T>) => void,
): () => void {
  const heard = ({ source, origin, data }: MessageEvent<unknown>) => {
    if (source !== popup || !trusted.includes(origin) || !isObject(data)) return
    const answered = read(data)
    if (answered !== undefined) answer(answered)
  }
  window.addEventListener('message', heard)
  return () => window.removeEventListener('message', heard)
}

/**
 * A provider that cuts its window off from ours makes it look closed while somebody is typing there. So it counts as
 * closed when this page is looked at again.
 */
function onEnd(popup: Window, after: Runtime['after'], ended: () => void): () => void {
  let stop = () => {}
  const look = () => {
    if (popup.closed && document.hasFocus()) ended()
    else stop = after(lookMs, look)
  }
  look()
  return () => stop()
}
