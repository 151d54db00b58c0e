import type { AuthorizationServer } from '../../flows/oauth/server.ts'
import { nameOf, type Picturing, pictureOf } from './present.ts'

/** This dialect's face towards applications: they get tokens of their own. @param issuer the address of the mount */
export function nhostServer(issuer: string, options: Picturing): AuthorizationServer {
  return {
    issuer,
    tokens: 'client',
    handles: 'uuid',
    defaultScopes: ['openid'],
    renewsIdToken: true,
    shown: (user) => ({ ...user, displayName: nameOf(user), avatarUrl: pictureOf(user, options) || null }),
  }
}
