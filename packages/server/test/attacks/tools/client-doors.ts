import type { World } from '../../world/world.ts'
import { objectIn, type Reply, type Send, send } from './reply.ts'

/** The dialects of Nhost's and Altogic's clients, with the same names for the same acts. */
export interface ClientDoor {
  readonly name: (typeof clientDoorNames)[number]
  readonly base: string
  /** Any request below its base, with what all its clients send along. */
  call(path: string, more?: Send): Promise<Reply>
  signUp(input: { readonly email: unknown; readonly password: unknown; readonly about?: object }): Promise<Reply>
  signIn(email: unknown, password: unknown, more?: Pick<Send, 'headers'>): Promise<Reply>
  sendLink(email: string, more?: Pick<Send, 'headers'>): Promise<Reply>
  recover(email: string, more?: Pick<Send, 'headers'>): Promise<Reply>
  resend(email: string): Promise<Reply>
  /** Opens a mailed link as a browser would: what the app is sent on with, or nothing. */
  follow(link: string): Promise<Sent>
  /** The session that what a link led to is good for. */
  pickUp(secret: string | undefined): Promise<Reply>
  /** A new password by the link of a recovery, which was not opened yet. */
  reset(link: string, password: string): Promise<Reply>
  changeEmail(token: string, email: string, current: string): Promise<Reply>
  changePassword(token: string, password: string, current: string): Promise<Reply>
  me(token: string): Promise<Reply>
  /** What somebody who is signed in shows with each request; undefined where an answer has no session. */
  tokenOf(reply: Reply): string | undefined
  /** The refresh token of an answer; the same as the token where there is but one. */
  refreshOf(reply: Reply): string | undefined
}

/** Where a link led. */
export interface Sent {
  readonly status: number
  readonly place: URL | undefined
  /** What it brought along that opens something. */
  readonly secret: string | undefined
}

export const clientDoorNames = ['nhost', 'altogic'] as const

type Reach = Pick<World, 'url' | 'publishableKey'>

/** Both of them, at a server. */
export function clientDoorsOf(world: Reach): Readonly<Record<ClientDoor['name'], ClientDoor>> {
  return { nhost: nhostDoor(world), altogic: altogicDoor(world) }
}

async function opened(link: string, name: string): Promise<Sent> {
  const { status, headers } = await send(link, { method: 'GET' })
  const location = headers.get('location')
  const place = location === null ? undefined : new URL(location)
  return { status, place, secret: place?.searchParams.get(name) ?? undefined }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function nhostDoor({ url }: Reach): ClientDoor {
  const base = `${url}/nhost/v1`
  const call = (path: string, more: Send = {}) => send(base + path, more)
  const sessionOf = ({ body }: Reply) => (body['accessToken'] === undefined ? objectIn(body, 'session') : body)
  return {
    name: 'nhost',
    base,
    call,
    signUp: ({ email, password, about }) =>
      call('/signup/email-password', { body: { email, password, ...(about === undefined ? {} : { options: about }) } }),
    signIn: (email, password, more) => call('/signin/email-password', { ...more, body: { email, password } }),
    sendLink: (email, more) => call('/signin/passwordless/email', { ...more, body: { email } }),
    recover: (email, more) => call('/user/password/reset', { ...more, body: { email } }),
    resend: (email) => call('/user/email/send-verification-email', { body: { email } }),
    follow: (link) => opened(link, 'refreshToken'),
    pickUp: (refreshToken) => call('/token', { body: { refreshToken } }),
    reset: (link, newPassword) =>
      call('/user/password', { body: { newPassword, ticket: new URL(link).searchParams.get('ticket') } }),
    changeEmail: (token, newEmail) => call('/user/email/change', { token, body: { newEmail } }),
    changePassword: (token, newPassword) => call('/user/password', { token, body: { newPassword } }),
    me: (token) => call('/user', { method: 'GET', token }),
    tokenOf: (reply) => text(sessionOf(reply)['accessToken']),
    refreshOf: (reply) => text(sessionOf(reply)['refreshToken']),
  }
}

function altogicDoor({ url, publishableKey }: Reach): ClientDoor {
  const base = `${url}/_api/rest/v1/auth`
  const call = (path: string, { headers, ...more }: Send = {}) =>
    send(base + path, { ...more, headers: { 'x-client-key': publishableKey, ...headers } })
  const asHolder = (session: string, path: string, more: Send) => call(path, { ...more, headers: { session } })
  const query = (name: string, value: string) => `?${new URLSearchParams({ [name]: value })}`
  const tokenOf = ({ body }: Reply) => text(objectIn(body, 'session')['token'])
  const follow = (link: string) => opened(link, 'access_token')
  return {
    name: 'altogic',
    base,
    call,
    signUp: ({ email, password, about }) =>
      call('/signup-email', { body: { email, password, ...(about === undefined ? {} : { nameOrUserData: about }) } }),
    signIn: (email, password, more) => call('/signin-email', { ...more, body: { email, password } }),
    sendLink: (email, more) => call(`/send-magic${query('email', email)}`, { ...more }),
    recover: (email, more) => call(`/send-reset${query('email', email)}`, { ...more }),
    resend: (email) => call(`/resend${query('email', email)}`),
    follow,
    pickUp: (key) => call(`/grant${query('key', key ?? '')}`, { method: 'GET' }),
    async reset(link, newPassword) {
      const { secret = '' } = await follow(link)
      return call(`/reset-pwd${query('key', secret)}`, { body: { newPassword } })
    },
    changeEmail: (token, newEmail, currentPassword) =>
      asHolder(token, '/change-email', { body: { newEmail, currentPassword } }),
    changePassword: (token, newPassword, oldPassword) =>
      asHolder(token, '/change-pwd', { body: { newPassword, oldPassword } }),
    me: (token) => asHolder(token, '/user', { method: 'GET' }),
    tokenOf,
    refreshOf: tokenOf,
  }
}
