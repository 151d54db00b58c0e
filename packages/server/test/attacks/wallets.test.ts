import { randomUUID } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { base58 } from '@scure/base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ethereumWallet, solanaWallet, walletMessage } from '../world/wallet.ts'
import { startWorld, type World } from '../world/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    config: {
      siteUrl: 'https://app.example.test',
      redirectUrls: [
        'https://xn--pp-hmb.example.test/**',
        'https://app.example.test:8443/**',
        'http://localhost:3000/**',
      ],
      wallets: { ethereum: true, solana: true },
    },
  })
})
afterAll(() => world.close())

type Answer = { status: number; body: Record<string, never> & { [field: string]: unknown } }

async function post(path: string, body: object, token?: string): Promise<Answer> {
  const response = await fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

/** What the Supabase dialect says to a message: its session's user, or why not. */
async function grant(chain: string, message: string, signature: string): Promise<string> {
  const { status, body } = await post('/auth/v1/token?grant_type=web3', { chain, message, signature })
  if (status === 200) return 'in'
  expect(status).toBe(400)
  return String(body['error_description'] ?? body['msg'])
}

const wallet = ethereumWallet()
const solana = solanaWallet()
const onEthereum = (more: Record<string, string | undefined> = {}) => {
  const message = walletMessage('ethereum', wallet.address, more)
  return grant('ethereum', message, wallet.sign(message))
}
const solanaSigned = (message: string) => Buffer.from(solana.sign(Buffer.from(message))).toString('base64url')
const onSolana = (more: Record<string, string | undefined> = {}) => {
  const message = walletMessage('solana', solana.address, more)
  return grant('solana', message, solanaSigned(message))
}
const at = (seconds: number) => new Date(world.core.runtime.now().getTime() + seconds * 1000).toISOString()

describe('S69: a message signed for another place', () => {
  it('is refused: another host, port, scheme or origin, in the first line or in the URI', async () => {
    for (const sign of [onEthereum, onSolana]) {
      expect(await sign()).toBe('in')
      for (const domain of [
        'evil.test',
        'app.example.test.evil.test',
        'app.example.test:444',
        'example.test',
        'localhost',
      ])
        expect(await sign({ domain })).toContain('Domain that does not match')
      for (const URI of [
        'https://evil.test/login',
        'https://app.example.test@evil.test/login',
        'https://app.example.test.evil.test/',
        'https://app.example.test\\.evil.test/',
        'https://app.example.test:444/',
        'https://127.0.0.1/',
      ])
        expect(await sign({ URI })).toContain('message was signed for another app')
      for (const URI of [
        'http://app.example.test/',
        'javascript://app.example.test/%0aalert(1)',
        'ftp://app.example.test/',
      ])
        expect(await sign({ URI })).toContain('does not use HTTPS')
      expect(await sign({ URI: 'https://evil.test/', domain: 'evil.test' })).toContain('for another app')
    }
  })

  it('is judged by the port as well, and by plain http on this machine alone', async () => {
    expect(await onEthereum({ URI: 'https://app.example.test:8443/', domain: 'app.example.test:8443' })).toBe('in')
    expect(await onEthereum({ URI: 'https://app.example.test:8443/' })).toContain('Domain that does not match')
    expect(await onEthereum({ URI: 'http://localhost:3000/', domain: 'localhost:3000' })).toBe('in')
    expect(await onEthereum({ URI: 'http://localhost:3000/', domain: 'evil.test' })).toContain('Domain')
    expect(await onEthereum({ URI: 'http://localhost.evil.test/', domain: 'localhost.evil.test' })).toContain('HTTPS')
  })

  it('is refused where its domain merely looks like ours', async () => {
    for (const domain of [
      'аpp.example.test', // a Cyrillic letter
      'app.example.test\u200b',
      'app。example。test',
      'APP.example.test',
      ' app.example.test',
      'app.example.test/',
      'user@app.example.test',
      'https://app.example.test',
      'app..example.test',
      '192.168.0.1',
      '[::1]',
      '2130706433',
      '',
    ])
      expect([domain, await onEthereum({ domain })]).toEqual([
        domain,
        expect.stringContaining('domain in the first line'),
      ])
    // As it is spelt in the address of the page.
    expect(await onEthereum({ URI: 'https://xn--pp-hmb.example.test/', domain: 'xn--pp-hmb.example.test' })).toBe('in')
    expect(await onEthereum({ URI: 'https://xn--pp-hmb.example.test/' })).toContain('Domain that does not match')
  })
})

describe('S20: times of a message', () => {
  it('are held: not yet, no longer, too long ago, too far ahead, and whatever is no time', async () => {
    for (const sign of [onEthereum, onSolana]) {
      expect(await sign({ 'Not Before': at(5) })).toContain('in the future')
      expect(await sign({ 'Issued At': at(-20), 'Expiration Time': at(-1) })).toContain('is expired')
      // Also without the field before it, which one of the upstream versions asks for.
      expect(await sign({ 'Expiration Time': at(-1), 'Issued At': at(-20), 'Not Before': undefined })).toContain(
        'expired',
      )
      expect(await sign({ 'Issued At': at(-601) })).toContain('too long ago')
      expect(await sign({ 'Issued At': at(605) })).toContain('too far in the future')
      for (const time of [
        '',
        '0',
        'now',
        '2020',
        '2026-13-01T00:00:00Z',
        '2026-01-01 00:00:00Z',
        '2026-01-01T00:00:00',
      ])
        expect(await sign({ 'Issued At': time })).toContain('must be a time')
      expect(await sign({ 'Issued At': undefined })).toContain('Issued At is missing')
      expect(await sign({ 'Issued At': at(0), 'Expiration Time': at(-5) })).toContain('must not be after')
      expect(await sign({ 'Not Before': at(-5), 'Expiration Time': at(60) })).toBe('in')
    }
  })
})

describe('S23: a signed message', () => {
  it('opens one session, also of many at the same time', async () => {
    for (const chain of ['ethereum', 'solana'] as const) {
      const message = walletMessage(chain, chain === 'ethereum' ? wallet.address : solana.address, {
        'Request ID': 'r',
      })
      const signature = chain === 'ethereum' ? wallet.sign(message) : solanaSigned(message)
      const answers = await Promise.all(Array.from({ length: 20 }, () => grant(chain, message, signature)))
      expect(answers.filter((answer) => answer === 'in').length).toBe(1)
      expect(await grant(chain, message, signature)).toContain('was used already')
    }
  })

  it('stays used as long as its time would be accepted', async () => {
    const ahead = at(590)
    const message = walletMessage('ethereum', wallet.address, { 'Issued At': ahead })
    expect(await grant('ethereum', message, wallet.sign(message))).toBe('in')
    world.clock.move(1_185)
    await world.core.tickets.purge(1_000)
    expect(await grant('ethereum', message, wallet.sign(message))).toContain('was used already')
    world.clock.move(-1_185)
  })

  it('is no other message: neither the other form of its signature nor an altered letter passes', async () => {
    const message = walletMessage('ethereum', wallet.address, { Nonce: 'abcdefgh12' })
    const signature = wallet.sign(message)
    const s = BigInt(`0x${signature.slice(66, 130)}`)
    const high = (secp256k1.Point.CURVE().n - s).toString(16).padStart(64, '0')
    const otherBit = signature.endsWith('1b') ? '1c' : '1b'
    const other = `${signature.slice(0, 66)}${high}${otherBit}`
    const wrong = 'Signature does not match address in message'
    expect(await grant('ethereum', message, other)).toBe(wrong)
    expect(await grant('ethereum', message, `${signature.slice(0, -2)}${otherBit}`)).toBe(wrong)
    expect(await grant('ethereum', message, `${signature.slice(0, -2)}25`)).toBe(wrong)
    for (const none of [`${'0'.repeat(128)}1b`, `${'f'.repeat(128)}1c`, `${'0'.repeat(64)}${'f'.repeat(64)}1b`])
      expect(await grant('ethereum', message, none)).toBe(wrong)
    for (const altered of [
      `${message} `,
      `${message}\n`,
      message.replace('Welcome', 'welcome'),
      message.replace('abcdefgh12', 'abcdefgh13'),
    ])
      expect(await grant('ethereum', altered, signature)).toBe(wrong)
    expect(await grant('ethereum', message, signature.toUpperCase().replace('0X', '0x'))).toBe('in')
    expect(await grant('ethereum', message, signature.slice(2))).toContain('was used already')
  })

  it('on Solana neither: the same signature plus the order, a key of small order, an altered letter', async () => {
    const message = walletMessage('solana', solana.address, { Nonce: 'abcdefgh12' })
    const bytes = Buffer.from(solana.sign(Buffer.from(message)))
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order
    const raised = Buffer.concat([
      bytes.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(),
    ])
    const wrong = 'Signature does not match address in message'
    expect(await grant('solana', message, raised.toString('base64url'))).toBe(wrong)
    expect(await grant('solana', message.replace('abcdefgh12', 'abcdefgh13'), bytes.toString('base64url'))).toBe(wrong)
    expect(await grant('solana', message, Buffer.alloc(64).toString('base64'))).toBe(wrong)
    const one = Buffer.alloc(32)
    one[0] = 1
    for (const key of [one, Buffer.alloc(32)]) {
      const forged = walletMessage('solana', base58.encode(key))
      const identity = Buffer.concat([one, Buffer.alloc(32)]).toString('base64')
      expect(await grant('solana', forged, identity)).toContain('address')
    }
    expect(await grant('solana', message, bytes.toString('base64'))).toBe('in')
  })

  it('of one wallet does not sign in another, nor on another chain', async () => {
    const mine = ethereumWallet()
    const theirs = walletMessage('ethereum', wallet.address)
    expect(await grant('ethereum', theirs, mine.sign(theirs))).toContain('does not match address')
    expect(await grant('solana', theirs, wallet.sign(theirs).slice(0, 86))).toContain('first line must end')
    const named = walletMessage('ethereum', wallet.address, { chainName: 'Solana' })
    expect(await grant('ethereum', named, wallet.sign(named))).toContain('first line must end')
    const unknown = walletMessage('solana', solana.address, { 'Chain ID': '1' })
    expect(await grant('solana', unknown, solanaSigned(unknown))).toContain('Chain ID')
    expect(await onEthereum({ 'Chain ID': '0' })).toContain('Chain ID')
    expect(await onEthereum({ 'Chain ID': '0x1' })).toContain('Chain ID')
  })
})

describe('S38: the address of a wallet', () => {
  it('is one account in each of its right spellings, and refused in a wrong one', async () => {
    const ids = new Set<unknown>()
    const spelt = [wallet.address, wallet.address.toLowerCase(), `0x${wallet.address.slice(2).toUpperCase()}`]
    for (const address of spelt) {
      const message = walletMessage('ethereum', address)
      const signed = { chain: 'ethereum', message, signature: wallet.sign(message) }
      const { body } = await post('/auth/v1/token?grant_type=web3', signed)
      ids.add((body['user'] as { id: string } | undefined)?.id)
    }
    expect([ids.size, [...ids][0]]).toEqual([1, expect.any(String)])
    const swapped = wallet.address.replace(/[a-f]|[A-F]/i, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    )
    for (const address of [
      swapped,
      `0X${wallet.address.slice(2)}`,
      `${wallet.address} `,
      wallet.address.slice(2),
      'vitalik.eth',
    ]) {
      const message = walletMessage('ethereum', address)
      expect([address, await grant('ethereum', message, wallet.sign(message))]).toEqual([
        address,
        expect.stringContaining('address'),
      ])
    }
    for (const address of [`1${solana.address}`, solana.address.toLowerCase(), `${solana.address.slice(0, -1)}0`]) {
      const message = walletMessage('solana', address)
      expect(await grant('solana', message, solanaSigned(message))).toContain('address')
    }
  })
})

describe('S65: messages that are no messages', () => {
  it('are refused at little cost: too long, too short, fields twice, control characters, wrong types', async () => {
    expect(await onEthereum({ statement: 'x'.repeat(21_000) })).toBe('message must not exceed 20KB')
    expect(await grant('ethereum', 'hi', wallet.sign('hi'))).toBe('message is too short')
    const twice = `${walletMessage('ethereum', wallet.address)}\nURI: https://evil.test/`
    expect(await grant('ethereum', twice, wallet.sign(twice))).toContain('twice')
    expect(await onEthereum({ statement: 'a\n\nURI: https://app.example.test/' })).toContain('twice')
    expect(await onEthereum({ statement: 'a\u0007b' })).toContain('control characters')
    expect(await onEthereum({ statement: 'a\rb' })).toContain('control characters')
    expect(await onEthereum({ Version: '2' })).toContain('Version')
    expect(await onEthereum({ URI: undefined })).toContain('URI')
    expect(await onEthereum({ URI: '/login' })).toContain('URI')
    for (const body of [{ chain: ['ethereum'] }, { chain: 'ethereum', message: 7 }, { chain: 'ethereum', message: {} }])
      expect((await post('/auth/v1/token?grant_type=web3', body)).status).toBe(400)
    expect((await post('/auth/v1/token?grant_type=web3', { chain: '__proto__' })).body['error_code']).toBe(
      'web3_unsupported_chain',
    )
  })
})

describe('S94: a wallet that was asked', () => {
  const ask = async (more: object = {}) => {
    const { body } = await post('/v1/sign-in/wallet', { chain: 'ethereum', address: wallet.address, ...more })
    return body['attempt'] as unknown as { token: string; step: { message: string } }
  }
  const answer = (attempt: string, signature: string, token?: string) =>
    post('/v1/attempts/answer', { attempt, signature }, token)

  it('answers once, also many times at once; a wrong answer ends the attempt', async () => {
    const { token, step } = await ask()
    const signature = wallet.sign(step.message)
    const answers = await Promise.all(Array.from({ length: 20 }, () => answer(token, signature)))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    const second = await ask()
    expect((await answer(second.token, signature)).body['code']).toBe('wallet_signature_invalid')
    expect((await answer(second.token, wallet.sign(second.step.message))).body['code']).toBe('attempt_expired')
  })

  it('has five minutes, and its message counts nowhere else', async () => {
    const { token, step } = await ask()
    const signature = wallet.sign(step.message)
    world.clock.move(301)
    expect((await answer(token, signature)).body['code']).toBe('attempt_expired')
    expect(await grant('ethereum', step.message, signature)).toContain('is expired')
    world.clock.move(-301)
  })

  it('S23: signs a message that counts once over all dialects, whatever it was asked for', async () => {
    const signedIn = await ask()
    const signature = wallet.sign(signedIn.step.message)
    expect((await answer(signedIn.token, signature)).status).toBe(200)
    expect(await grant('ethereum', signedIn.step.message, signature)).toContain('was used already')

    const taken = await ask()
    const before = wallet.sign(taken.step.message)
    expect(await grant('ethereum', taken.step.message, before)).toContain('was used already')
    expect((await answer(taken.token, before)).status).toBe(200)
  })

  it('is not signed in by what it signed to be connected, or to prove once more who it is', async () => {
    const guest = await post('/v1/sign-up/anonymous', {})
    const token = (guest.body['tokens'] as unknown as { accessToken: string }).accessToken
    const own = ethereumWallet()
    const { body } = await post('/v1/me/identities', { chain: 'ethereum', address: own.address }, token)
    const asked = body['attempt'] as unknown as { token: string; step: { message: string } }
    expect(await grant('ethereum', asked.step.message, own.sign(asked.step.message))).toContain('was used already')
  })

  it('is asked for pages of ours alone', async () => {
    for (const uri of [
      'https://evil.test/',
      'http://app.example.test/',
      'myapp://x',
      'nonsense',
      'https://127.0.0.1/',
    ]) {
      const { body } = await post('/v1/sign-in/wallet', { chain: 'ethereum', address: wallet.address, uri })
      expect([uri, body['code']]).toEqual([uri, 'redirect_not_allowed'])
    }
    for (const address of [`0X${wallet.address.slice(2)}`, 'x'.repeat(40), solana.address])
      expect((await post('/v1/sign-in/wallet', { chain: 'ethereum', address })).body['code']).toBe('validation_failed')
  })

  it('S40: connects in the session that asked and in no other, and nobody else’s wallet', async () => {
    const guest = async () =>
      (await post('/v1/sign-up/anonymous', {})).body as never as { tokens: { accessToken: string } }
    const [mine, others] = [await guest(), await guest()]
    const fresh = ethereumWallet()
    const link = async (token: string, address: string) => {
      const { body } = await post('/v1/me/identities', { chain: 'ethereum', address }, token)
      return body['attempt'] as unknown as { token: string; step: { message: string } }
    }
    const begun = await link(mine.tokens.accessToken, fresh.address)
    const signature = fresh.sign(begun.step.message)
    expect((await answer(begun.token, signature)).status).toBe(401)
    expect((await answer(begun.token, signature, others.tokens.accessToken)).body['code']).toBe('attempt_expired')
    expect((await answer(begun.token, signature, mine.tokens.accessToken)).status).toBe(200)
    const taken = await link(others.tokens.accessToken, fresh.address)
    const refused = await answer(taken.token, fresh.sign(taken.step.message), others.tokens.accessToken)
    expect([refused.status, refused.body['code']]).toEqual([422, 'identity_already_exists'])
  })
})

describe('S43: an account that a wallet opens', () => {
  const admin = (method: string, path: string, body?: object) =>
    fetch(`${world.url}/v1/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const enter = async (by: ReturnType<typeof ethereumWallet>) => {
    const message = walletMessage('ethereum', by.address, { Nonce: randomUUID() })
    const signed = { chain: 'ethereum', message, signature: by.sign(message) }
    const { status, body } = await post('/auth/v1/token?grant_type=web3', signed)
    return { status, code: body['error_code'], id: (body['user'] as { id?: string } | undefined)?.id }
  }

  it('is another one after it was deleted, and closed while its owner is banned', async () => {
    const fresh = ethereumWallet()
    const { id } = await enter(fresh)
    await admin('PATCH', `/users/${id}`, { bannedUntil: at(3_600) })
    expect(await enter(fresh)).toMatchObject({ status: 403, code: 'user_banned' })
    await admin('DELETE', `/users/${id}`)
    const again = await enter(fresh)
    expect([again.status, again.id === id]).toEqual([200, false])
  })
})

describe('S121: trying wallets', () => {
  it('is counted by network', async () => {
    const limited = await startWorld({
      config: {
        siteUrl: 'https://app.example.test',
        wallets: { ethereum: true },
        limits: { enabled: true, answerNetwork: { limit: 3, seconds: 60 } },
      },
    })
    const tries = async () => {
      const message = walletMessage('ethereum', wallet.address, { Nonce: randomUUID() })
      const answer = await fetch(`${limited.url}/auth/v1/token?grant_type=web3`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ chain: 'ethereum', message, signature: `${'1'.repeat(128)}1b` }),
      })
      return answer.status
    }
    const seen = await Promise.all(Array.from({ length: 8 }, tries))
    expect(seen.filter((status) => status === 400).length).toBe(3)
    expect(seen.filter((status) => status === 429).length).toBe(5)
    await limited.close()
  })
})

describe('a chain that is off', () => {
  it('signs nobody in, by either dialect, and connects nothing', async () => {
    const other = await startWorld({ config: { siteUrl: 'https://app.example.test', wallets: { solana: true } } })
    const call = async (path: string, body: object) => {
      const answer = await fetch(`${other.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await answer.json()) as Record<string, unknown>
    }
    const message = walletMessage('ethereum', wallet.address)
    const signed = { chain: 'ethereum', message, signature: wallet.sign(message) }
    expect((await call('/auth/v1/token?grant_type=web3', signed))['error_code']).toBe('web3_provider_disabled')
    const asked = { chain: 'ethereum', address: wallet.address }
    expect((await call('/v1/sign-in/wallet', asked))['code']).toBe('provider_disabled')
    await other.close()
  })
})

it('S90: an account that only a wallet opens has no address to prove, and sets up a second factor', async () => {
  const { address, sign } = ethereumWallet()
  const message = walletMessage('ethereum', address, {})
  const asked = { chain: 'ethereum', message, signature: sign(message) }
  const { body } = await post('/auth/v1/token?grant_type=web3', asked)
  const begun = await post('/v1/me/factors', { type: 'totp' }, String(body['access_token']))
  expect([begun.status, begun.body['code']]).toEqual([200, undefined])
})
