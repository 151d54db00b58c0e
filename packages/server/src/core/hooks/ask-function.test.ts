import { describe, expect, it } from 'vitest'
import { askFunction } from './ask-function.ts'
import type { HookCall, HookFunction } from './hook.ts'

const call: HookCall = {
  id: '0190f2b4-0000-7000-8000-000000000001',
  at: new Date(),
  input: { metadata: { uuid: '', time: '', name: 'send-email', ip_address: '' }, user: { id: 'u' } },
}
const ask = (run: HookFunction, ms?: number) =>
  askFunction(run, call, ms).catch((error: { details: object; message: string }) => [error.message, error.details])

describe('asking a hook that is a function', () => {
  it('answers what it returns, or resolves with', async () => {
    expect(await ask(() => ({ a: 1 }))).toEqual({ a: 1 })
    expect(await ask(async ({ user }) => ({ user }))).toEqual({ user: { id: 'u' } })
  })

  it('takes nothing for an empty answer', async () => {
    expect(await ask(() => undefined)).toEqual({})
    expect(await ask(async () => undefined)).toEqual({})
  })

  it('hands out a copy, and takes data alone', async () => {
    await ask((input) => {
      ;(input as unknown as { user: { id: string } }).user.id = 'another'
    })
    expect(call.input).toMatchObject({ user: { id: 'u' } })
    expect(await ask(() => ({ at: new Date(0), run: () => 1 }))).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    for (const odd of ['yes', 1, true, [], () => 1, Symbol('no'), 1n])
      expect(await ask(() => odd)).toMatchObject([
        expect.anything(),
        { reason: expect.stringMatching(/^(answer|fault)$/) },
      ])
  })

  it('says no with an error in its answer', async () => {
    expect(await ask(() => ({ error: { http_code: 403, message: 'No.' } }))).toEqual(['No.', { status: 403 }])
  })

  it('fails where it throws, and its words go no further', async () => {
    const failed = ['The application could not be asked. Please try again.', { reason: 'fault' }]
    const thrown = () => {
      throw new Error('the password of the database is hunter2')
    }
    expect(await ask(thrown)).toEqual(failed)
    expect(await ask(async () => thrown())).toEqual(failed)
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(await ask(() => circle)).toEqual(failed)
  })

  it('is told when its time is over, and nobody waits for it longer', async () => {
    const heard: boolean[] = []
    const answer = await ask((_, { signal }) => {
      signal.addEventListener('abort', () => heard.push(true))
      return new Promise(() => undefined)
    }, 20)
    expect(answer).toMatchObject([expect.anything(), { reason: 'timeout', seconds: 0.02 }])
    expect(heard).toEqual([true])
  })
})
