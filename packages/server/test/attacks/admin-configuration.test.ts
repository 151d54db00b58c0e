import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type NativeWorld, speakNative } from '../conformance/native/native-world.ts'
import { startWorld } from '../world/world.ts'

const marks = ['q8Zr3LxV0nTb', 'Sm7p-Passw0rd-x', 'M3tr1csT0ken9', 'Cl13ntS3cretZ', 'd2F0Y2h3b3JkLWhv', 'Ho0k-Passw0rd']
let world: NativeWorld
beforeAll(async () => {
  world = speakNative(
    await startWorld({
      config: {
        secrets: { jwtSecret: 'q8Zr3LxV0nTbY6wKdGm2Pf9JsHcUa5EiRt7Y' },
        mail: { smtpUrl: 'smtps://mailer:Sm7p-Passw0rd-x@smtp.example.test' },
        metrics: { token: 'M3tr1csT0ken9fKq2LxV8nTbY6wKdGm2Pf9J' },
        providers: { github: { enabled: true, clientId: 'id', clientSecret: 'Cl13ntS3cretZ' } },
        hooks: {
          afterEvent: {
            uri: 'https://hooks:Ho0k-Passw0rd@localhost:9/told?key=Ho0k-Passw0rd',
            secrets: ['v1,whsec_d2F0Y2h3b3JkLWhvb2stc2VjcmV0LWZvci10ZXN0cw=='],
          },
        },
      },
    }),
  )
})
afterAll(() => world.close())

const views = [
  'GET /admin/settings',
  'GET /admin/redirects',
  'GET /admin/templates',
  'POST /admin/templates/preview',
  'GET /admin/limits?network=127.0.0.1',
] as const

const bodyOf = (line: string) => (line.startsWith('POST') ? { template: 'sign_in' } : undefined)

describe('what administrators see of the configuration', () => {
  it('S134 and S138 holds no secret: neither a key, nor what stands in a URL', async () => {
    const { secretKey } = world
    for (const line of views) {
      const { status, text } = await world.admin(line, bodyOf(line))
      expect(status, text).toBe(200)
      for (const secret of [...marks, secretKey]) expect(text.includes(secret), `${line} shows ${secret}`).toBe(false)
    }
  })

  it('S102 is for keys that reach so far, and for nobody else', async () => {
    const made = (await world.admin('POST /admin/api-keys', { kind: 'secret', name: 'x', scopes: ['users:read'] })).body
    const { body: guest } = await world.ask('POST /sign-up/anonymous', { body: {} })
    for (const line of views) {
      const ask = (token?: string) => {
        const body = bodyOf(line)
        return world.ask(line, { ...(token && { token }), ...(body && { body }) })
      }
      expect(codeOf(await ask(made.key)), line).toBe('insufficient_scope')
      expect(codeOf(await ask(guest.tokens.accessToken)), line).toBe('not_admin')
      expect(codeOf(await ask(world.publishableKey)), line).toBe('not_admin')
      expect(codeOf(await ask()), line).toBe('no_authorization')
    }
    const reader = (await world.admin('POST /admin/api-keys', { kind: 'secret', name: 'y', scopes: ['audit:read'] }))
      .body
    const may = await Promise.all(
      views.map((line) => world.ask(line, { token: reader.key, ...(bodyOf(line) && { body: bodyOf(line) }) })),
    )
    expect(may.map(({ status }) => status)).toEqual([403, 200, 403, 403, 200])
  })
})
