import { type Statement, sql } from '../../storage/sql.ts'

/** How a client proves itself at the token endpoint (RFC 6749 §2.3); `none` is a public client. */
export type ClientAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** What a client may exchange for tokens. */
export type ClientGrant = 'authorization_code' | 'refresh_token'

export const clientAuthMethods: readonly ClientAuthMethod[] = ['none', 'client_secret_basic', 'client_secret_post']
export const clientGrants: readonly ClientGrant[] = ['authorization_code', 'refresh_token']

/** An application that people may let act for them (RFC 6749 §2). Its secret is no part of it. */
export interface OAuthClient {
  readonly id: string
  readonly name: string
  readonly homeUrl: string | null
  readonly logoUrl: string | null
  readonly authMethod: ClientAuthMethod
  /** As they were registered; compared as they are. */
  readonly redirectUris: readonly string[]
  readonly grants: readonly ClientGrant[]
  /** The most it may ask for. */
  readonly scopes: readonly string[]
  /** `manual`: an administrator made it; `dynamic`: it registered itself. */
  readonly registration: 'manual' | 'dynamic'
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What can be said about a client. */
export type ClientFacts = Omit<OAuthClient, 'id' | 'registration' | 'createdAt' | 'updatedAt'>

/** The select list of an {@link OAuthClient} from `auth.oauth_clients c`. */
export const clientColumns: Statement = sql`c.id, c.name, c.home_url as "homeUrl", c.logo_url as "logoUrl",
  c.auth_method as "authMethod", c.redirect_uris as "redirectUris", c.grants, c.scopes, c.registration,
  c.created_at as "createdAt", c.updated_at as "updatedAt"`
