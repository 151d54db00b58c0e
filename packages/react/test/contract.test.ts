import { describe, expect, it } from 'vitest'
import { versions } from './bundle.ts'
import { anAddress, aPerson, aStage, isShown, password, signIn, visit } from './world.ts'

const stage = aStage({ signUp: { emailConfirmation: false } })

/** What the app has seen. */
type Seen = {
  seen: {
    renders: { loading: boolean; token: string | null }[]
    services: Set<unknown>
    auth: {
      service: Record<string, (...input: unknown[]) => Promise<unknown>>
      session: Record<string, unknown> | null
    }
  }
}

const both = versions.flatMap((version) =>
  (['client', 'url', 'supabase'] as const).map((kind) => [version, kind] as const),
)

describe.each(both)('useAuth() on React %s, given a %s', (version, kind) => {
  it('renders first as loading with nobody, then knows; its service is one object', async () => {
    const page = await visit(stage(), version, kind)
    const { renders, services } = await page.evaluate(() => {
      const { seen } = globalThis as unknown as Seen
      return { renders: seen.renders, services: seen.services.size }
    })
    expect(renders[0]).toEqual({ loading: true, token: null })
    expect(renders.at(-1)).toEqual({ loading: false, token: null })
    expect(services).toBe(1)
    expect(page.complaints).toEqual([])
    await page.context().close()
  })

  it('signs up with both names in the session, knows them after a reload, and signs out', async () => {
    const page = await visit(stage(), version, kind)
    const email = anAddress()
    await page.evaluate(
      ([address, secret]) =>
        (globalThis as unknown as Seen).seen.auth.service['signUp']?.(address, secret, 'Ada', 'Lovelace'),
      [email, password],
    )
    await isShown(page, email)
    expect(await page.textContent('#names')).toBe('Ada|Lovelace')
    await page.reload()
    await isShown(page, email)
    const session = await page.evaluate(() => (globalThis as unknown as Seen).seen.auth.session)
    expect(session).toMatchObject({
      access_token: expect.stringMatching(/^ey/),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      user: { email, role: 'authenticated', app_metadata: {}, user_metadata: { name: 'Ada', surname: 'Lovelace' } },
    })
    const { expires_in: lasts, expires_at: ends } = session as { expires_in: number; expires_at: number }
    expect(Number.isInteger(lasts) && Number.isInteger(ends)).toBe(true)
    expect(Math.abs(ends - lasts - Date.now() / 1000)).toBeLessThan(60)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await isShown(page, 'nobody')
    await page.reload()
    await isShown(page, 'nobody')
    expect(page.complaints).toEqual([])
    await page.context().close()
  })

  it('throws an Error with message, status and code for a wrong password', async () => {
    const page = await visit(stage(), version, kind)
    const email = await aPerson(stage().world)
    const thrown = await page.evaluate(async (address) => {
      try {
        await (globalThis as unknown as Seen).seen.auth.service['signIn']?.(address, 'not this one')
        return undefined
      } catch (error) {
        const { message, status, code } = error as { message: string; status: number; code: string }
        return { isError: error instanceof Error, message, status, code }
      }
    }, email)
    expect(thrown).toMatchObject({ isError: true, status: 400, code: 'invalid_credentials' })
    await page.context().close()
  })

  it('answers getSession, getUser and onAuthStateChange in the shapes of supabase-js', async () => {
    const page = await visit(stage(), version, kind)
    const email = await aPerson(stage().world)
    const answers = await page.evaluate(
      async ([address, secret]) => {
        const { service } = (globalThis as unknown as Seen).seen.auth as unknown as {
          service: {
            signIn(email: unknown, password: unknown): Promise<unknown>
            signOut(): Promise<unknown>
            getSession(): Promise<unknown>
            getUser(): Promise<unknown>
            onAuthStateChange(listener: (event: string) => void): { data: { subscription: { unsubscribe(): void } } }
          }
        }
        const events: string[] = []
        const none = await service.getSession()
        const { data } = service.onAuthStateChange((event) => events.push(event))
        await service.signIn(address, secret)
        const [session, user] = [await service.getSession(), await service.getUser()]
        data.subscription.unsubscribe()
        await service.signOut()
        return { none, session, user, events }
      },
      [email, password],
    )
    expect(answers).toMatchObject({
      none: { data: { session: null }, error: null },
      session: { data: { session: { user: { email } } }, error: null },
      user: { data: { user: { email } }, error: null },
    })
    expect(answers.events[0]).toBe('INITIAL_SESSION')
    expect(answers.events).toContain('SIGNED_IN')
    expect(answers.events).not.toContain('SIGNED_OUT')
    await page.context().close()
  })

  it('shows a session that somebody announces on the window, and stores it nowhere', async () => {
    const page = await visit(stage(), version, kind)
    await page.evaluate(() => {
      const detail = { access_token: 'a', user: { id: 'b', email: 'shown@example.test', user_metadata: {} } }
      window.dispatchEvent(new CustomEvent('supabase:session', { detail }))
    })
    await isShown(page, 'shown@example.test')
    await page.reload()
    await isShown(page, 'nobody')
    await page.context().close()
  })

  it('signs out in all tabs, and in them alone what was signed in', async () => {
    const page = await visit(stage(), version, kind)
    const email = await aPerson(stage().world)
    await signIn(page, email)
    await isShown(page, email)
    const other = await page.context().newPage()
    await other.goto(stage().app(version, kind))
    await isShown(other, email)
    await other.getByRole('button', { name: 'Sign out' }).click()
    await isShown(other, 'nobody')
    await isShown(page, 'nobody')
    await page.context().close()
  })
})
