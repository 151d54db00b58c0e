import type { Client } from '../../src/index.ts'
import { ok, password } from '../world.ts'
import { codeTo, offered, type Place } from './place.ts'
import type { Given, Trial } from './trial.ts'

/** What there is while an example runs. */
export interface Scene {
  readonly given: Given
  /** Addresses in it that are somewhere else in this world. */
  readonly instead?: Readonly<Record<string, string>>
}

/** What comes of an example. */
export interface End {
  /** The code of the refusal that it shows. */
  readonly refused?: string
  /** What has to happen, and be so, once it has run. */
  after?(named: Given, scene: Scene, place: Place, trial: Trial): unknown
}

/** What an example needs, and what comes of it. */
export interface Stage extends End {
  set(place: Place): Promise<Scene>
}

/** Who is there, with a client. */
export interface Here extends Place {
  readonly auth: Client
  readonly email: string
  /** Of the account. */
  readonly id: string
}

type More<T> = (here: T) => Promise<object | undefined> | object | undefined

/** A client, and all that is made of it. */
function withClient(auth: Client): Given {
  const { createAccount, createAccessKeys, createUserEvents, createPasskeys, createPopup, createSso, createWallets } =
    offered
  return {
    ...{ auth, account: createAccount(auth), accessKeys: createAccessKeys(auth), events: createUserEvents(auth) },
    ...{ passkeys: createPasskeys(auth), popup: createPopup(auth), sso: createSso(auth), wallets: createWallets(auth) },
  }
}

/** What every example may take for granted. */
function surroundings(place: Place, email: string): Given {
  const { origin: url, secretKey } = place.world
  const ask = () => codeTo(place, email)
  const { admin } = place
  return { ...offered, url, secretKey, admin, email, password, ask }
}

/** Addresses in examples, and what they stand for. */
export const addressesIn = ({ world, site, acme }: Place) => ({
  'https://idp.acme.test/metadata': acme.metadataUrl,
  'http://localhost:8787': world.origin,
  'https://auth.example.com': world.origin,
  'https://app.example.com': site,
})

function stage(who: (place: Place, email: string) => Promise<Client>) {
  return (more: More<Here> = () => ({}), end: End = {}): Stage => ({
    ...end,
    async set(place) {
      const { email, id } = await place.person()
      const auth = await who(place, email)
      const given = { ...surroundings(place, email), ...withClient(auth), id }
      return { given: { ...given, ...(await more({ ...place, auth, email, id })) }, instead: addressesIn(place) }
    },
  })
}

/** Somebody has an account and nobody is signed in. */
export const nobody = stage(async (place) => place.client())

/** Somebody is signed in, by password and right now. */
export const signedIn = stage((place, email) => place.signedIn(email))

/** The cookies of somebody who is signed in in an app that renders on a server. */
async function cookieOf(place: Place, email: string): Promise<string> {
  const cookies = offered.requestCookies(new Request(place.site))
  const auth = offered.createServerClient({ url: place.world.origin, cookies })
  await ok(auth.signInWithPassword({ email, password }))
  const lines = cookies.headers.getSetCookie()
  return lines.map((line) => line.split(';', 1)[0]).join('; ')
}

/** A server that is asked by somebody who is signed in. */
export const onServer = (more: More<Here & { readonly cookie: string }> = () => ({}), end: End = {}): Stage =>
  nobody(async (here) => {
    const { world, email } = here
    const cookie = await cookieOf(here, email)
    const request = new Request(`${world.origin}/v1/settings`, { headers: { cookie } })
    const server = offered.createServerAuth({ url: world.origin })
    const given = { server, cookie, request, cookies: offered.requestCookies(request) }
    return { ...given, ...(await more({ ...here, cookie })) }
  }, end)
