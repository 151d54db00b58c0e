import type { AuthorizationServer } from '../../flows/oauth/server.ts'

/** This dialect's face towards applications: they get tokens of their own. @param issuer the address of the mount */
export function nhostServer(issuer: string): AuthorizationServer {
  return { issuer, tokens: 'client', handles: 'uuid', defaultScopes: ['openid'], renewsIdToken: true }
}
