import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aMember } from './tools/people.ts'
import { type Reply, send } from './tools/reply.ts'
import { pkcePair } from './wire/people.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** The token of a native link that was asked for with a challenge. */
async function nativeLink(kind: 'sign_in' | 'recovery') {
  const { email, password } = await aMember(world, doorsOf(world).native)
  const { verifier, challenge } = pkcePair()
  const path = kind === 'sign_in' ? '/v1/sign-in/code' : '/v1/recovery'
  await send(world.url + path, { body: { email, codeChallenge: challenge } })
  const { link } = await world.inbox.waitFor(email, kind)
  const text = new URL(link ?? '').searchParams.get('token') ?? ''
  return { email, password, verifier, text, token: text.replace(/^[a-z]+_/, '') }
}

const refused = ({ status, tokens, text }: Reply) => {
  expect(status, text).toBeGreaterThanOrEqual(400)
  expect(status, text).toBeLessThan(500)
  expect(tokens).toBeUndefined()
}

describe('S24, S67: a link that only its requester can use', () => {
  it('is as little worth without the verifier in the other dialects', async () => {
    const { native, supabase } = doorsOf(world)
    const { nhost } = clientDoorsOf(world)
    for (const kind of ['sign_in', 'recovery'] as const) {
      const { email, password, verifier, token, text } = await nativeLink(kind)
      expect(token.length).toBeGreaterThan(20)
      for (const type of ['email', 'magiclink', 'recovery', 'signup'])
        for (const hash of [token, `pkce_${token}`])
          refused(await send(`${supabase.base}/verify`, { body: { type, token_hash: hash } }))
      const ticket = { newPassword: 'nine loud herons', ticket: `passwordReset:${token}` }
      refused(await nhost.call('/user/password', { body: ticket }))
      for (const action of ['magic-link', 'reset-pwd', 'email-confirm', 'change-email']) {
        const place = `${world.url}/_api/rest/v1/auth/verify?key=${token}&action=${action}`
        const answer = await fetch(place, { redirect: 'manual' })
        expect(answer.headers.get('location') ?? '').not.toContain('access_token=')
      }
      expect((await native.signIn(email, password)).status).toBe(200)
      // None of it has used the link up: whoever asked for it gets in.
      if (kind === 'sign_in') continue
      const done = await send(`${world.url}/v1/links`, { body: { token: text, codeVerifier: verifier } })
      expect(done.tokens, done.text).toBeDefined()
    }
  })
})
