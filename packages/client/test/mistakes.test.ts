import { describe, expect, it } from 'vitest'
import { createAdmin } from '../src/admin/index.ts'
import { createClient, memoryStorage } from '../src/index.ts'
import { createServerAuth } from '../src/server/index.ts'

const unset = undefined as unknown as string

describe('a mistake in how a client is made', () => {
  it.each([
    [unset, 'undefined'],
    ['', '""'],
    ['localhost:8787', '"localhost:8787"'],
    ['/auth', '"/auth"'],
  ])('is told with what was given for the address: %s', (url, told) => {
    const message = `The url must be the server's address, such as https://auth.example.com; it is ${told}.`
    const ways = [
      () => createClient(url),
      () => createClient({ url }),
      () => createServerAuth({ url }),
      () => createAdmin({ url, secretKey: 'wws_x' }),
    ]
    for (const way of ways) expect(way).toThrow(new TypeError(message))
  })

  it.each([unset, ''])('is told where there is no secret key: %j', (secretKey) => {
    expect(() => createAdmin({ url: 'https://auth.example.test', secretKey })).toThrow(
      /^The secret key, wws_…, is needed/,
    )
  })

  it('is told with who answered where that is no server of ours', async () => {
    const fetch = async () =>
      Object.defineProperty(new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }), 'url', {
        value: 'https://app.example.test/v1/sign-in/password',
      })
    const auth = createClient({ url: 'https://app.example.test', fetch, storage: memoryStorage() })
    const { error } = await auth.signInWithPassword({ email: 'ada@example.test', password: 'seven quiet otters' })
    expect(error).toMatchObject({ code: 'bad_answer', status: 200 })
    expect(error?.details['hint']).toBe(
      'Is it Watchword that answers 200 at https://app.example.test/v1/sign-in/password?',
    )
  })
})
