import { linkAddress } from '../account/link-address.ts'
import type { Outcome } from '../attempt/attempt.ts'
import { AuthError, isAuthError } from '../base/auth-error.ts'
import { facing, type Reply } from '../base/result.ts'
import type { Client, ProviderInput } from '../client.ts'
import { type Inside, insideOf } from '../inside.ts'
import { lineOf } from '../redirect/hand-over.ts'
import { type Organisation, ssoAddress } from '../sso/sso-address.ts'
import { throughWindow } from './through-window.ts'

/** How to sign in with an account elsewhere, without leaving the page. */
export type PopupProvider = Omit<ProviderInput, 'mode' | 'display'>

/**
 * Signing in in a second window, while the page stays as it is. Each is called in a gesture (a click), before anything is
 * awaited. `popup_blocked`: the browser opened none. `popup_closed`: it was closed; should the answer come after all, whoever
 * listens to the client hears it. `timeout`: nothing came for five minutes.
 */
export interface Popup<Throws extends boolean = false> {
  /**
   * Signs in with an account elsewhere. A second factor makes it pending, as everywhere.
   * @param provider its id, such as `google`
   * @example
   * button.onclick = async () => {
   *   const { data, error } = await popup.signInWithProvider('google')
   *   if (data?.status === 'pending') show(data.attempt.step)
   * }
   */
  signInWithProvider(provider: string, input?: PopupProvider): Reply<Outcome<Throws>, Throws>
  /**
   * Signs in at one's own organisation.
   * @example
   * await popup.signInWithSso({ email: 'ada@acme.com' })
   */
  signInWithSso(organisation: Organisation, input?: Pick<ProviderInput, 'redirectTo'>): Reply<Outcome<Throws>, Throws>
  /**
   * Connects an account elsewhere with whoever is signed in. Needs a recent proof.
   * @example
   * await popup.link('github')
   */
  link(provider: string, input?: Pick<ProviderInput, 'redirectTo' | 'scopes'>): Reply<Outcome<Throws>, Throws>
}

/** Where to go, and the state that comes back from there. */
interface Begun {
  readonly url: string
  readonly state: string | undefined
}

/**
 * Second windows of a client. The page that people come back to needs no more than to make the client.
 * @throws TypeError for what is no client of this package
 * @example
 * const popup = createPopup(auth)
 */
export function createPopup<Throws extends boolean>(client: Client<Throws>): Popup<Throws> {
  const within = insideOf(client)
  return facing<Popup<Throws>>(
    {
      signInWithProvider: (provider: string, input: PopupProvider = {}) =>
        outcomeOf(within, async () => {
          const asked = { ...input, mode: 'url', display: 'message' } as const
          return withState(await within.acts.signInWithProvider(provider, asked))
        }),
      signInWithSso: (organisation: Organisation, input: Pick<ProviderInput, 'redirectTo'> = {}) =>
        outcomeOf(within, async () => withState({ url: await ssoAddress(within, organisation, input, true) })),
      link: (provider: string, input: Pick<ProviderInput, 'redirectTo' | 'scopes'> = {}) =>
        outcomeOf(within, () => linkAddress(within, provider, input, true)),
    },
    within.throws,
  )
}

function stateIn(address: string): string | undefined {
  try {
    return new URL(address).searchParams.get('state') ?? undefined
  } catch {
    return undefined
  }
}
const withState = ({ url }: { readonly url: string }): Begun => ({ url, state: stateIn(url) })

/** Only what comes back with the state of this very window counts, whoever brings it. */
function outcomeOf(within: Inside, begin: () => Promise<Begun>): Promise<Outcome> {
  const { runtime, key } = within
  const flow: { name?: string | undefined } = {}
  const isMine = (name: unknown) => name !== undefined && name === flow.name
  return throughWindow<Outcome>({
    runtime,
    async address() {
      const { url, state } = await begin()
      flow.name = state
      return url
    },
    read({ type, ...facts }) {
      if (type !== 'watchword' || !isMine(facts['state'])) return undefined
      const back = new URL(window.location.origin)
      for (const [name, value] of Object.entries(facts)) back.searchParams.set(name, String(value))
      return exchanged(within, back.href)
    },
    otherwise(answer) {
      const line = runtime.channel(lineOf(key))
      line?.listen((word) => {
        if (typeof word !== 'string' || !isMine(stateIn(word))) return
        line.post(flow.name)
        answer(exchanged(within, word))
      })
      return () => line?.close()
    },
  })
}

/** Makes the outcome of what came back. It may be spent: a second window that found nobody here goes on by itself. */
async function exchanged({ acts }: Inside, address: string): Promise<Outcome> {
  const elsewhere = new AuthError('popup_closed', { message: 'It went on in the second window.' })
  try {
    const outcome = await acts.handleRedirect(address)
    if (outcome !== null) return outcome
  } catch (error) {
    if (!isAuthError(error) || error.code !== 'other_browser') throw error
  }
  throw elsewhere
}
