import { randomBytes } from 'node:crypto'
import { createOutbound } from '#src/base/outbound.ts'
import { systemRuntime } from '#src/base/runtime.ts'
import type { CaptchaVendor, Verdict } from '#src/core/captcha/captcha-vendor.ts'
import { type GatewayRequest, startGateway } from './text-gateway.ts'

/** What a solved captcha says of itself. */
interface Solved {
  readonly hostname?: string
  readonly action?: string
  readonly score?: number
}

/** A captcha vendor on this machine, with the one interface that Turnstile, hCaptcha and reCAPTCHA have. */
export interface LocalVendor {
  readonly url: string
  readonly requests: GatewayRequest[]
  /** Solves a captcha as a visitor would. @returns what the page hands on */
  solve(about?: Solved): string
  /** Whether it answers at all. */
  down(is: boolean | 'hangs up'): void
  close(): Promise<void>
}

export const vendorSecret = 'the-secret-of-the-account-at-the-vendor'

/** Starts one that takes each solution of its own once, and answers in the vendors' shapes. */
export async function startVendor(path = '/turnstile/v0/siteverify'): Promise<LocalVendor> {
  const gateway = await startGateway()
  const solved = new Map<string, Solved>()
  const spent = new Set<string>()
  const state: { down: boolean | 'hangs up' } = { down: false }
  const refused = (...codes: string[]) => ({ status: 200, json: { success: false, 'error-codes': codes } })
  gateway.answer(({ method, path: asked, form }) => {
    if (state.down === 'hangs up') return 'hangs up'
    if (state.down) return { status: 503, json: { oops: true } }
    if (method !== 'POST' || asked !== path) return { status: 404, json: { oops: 'no such page' } }
    if (form['secret'] !== vendorSecret) return refused('invalid-input-secret')
    const token = form['response'] ?? ''
    const about = solved.get(token)
    if (about === undefined) return refused('invalid-input-response')
    if (spent.has(token)) return refused('timeout-or-duplicate')
    spent.add(token)
    return { status: 200, json: { success: true, challenge_ts: '2026-01-01T00:00:00Z', 'error-codes': [], ...about } }
  })
  return {
    url: gateway.url,
    requests: gateway.requests,
    solve(about = {}) {
      const token = randomBytes(48).toString('base64url')
      solved.set(token, { hostname: 'localhost', ...about })
      return token
    },
    down(is) {
      state.down = is
    },
    close: () => gateway.close(),
  }
}

/** What a vendor's file makes of a solution, or why it makes nothing of it. */
export async function verdictOf(
  vendor: CaptchaVendor,
  url: string,
  { siteKey = '', ip = null }: { readonly siteKey?: string; readonly ip?: string | null } = {},
): Promise<Verdict | string> {
  const outbound = createOutbound({ allow: ['127.0.0.1'], totalMs: 1_000 })
  const own = { vault: { mac: () => Buffer.alloc(32) }, runtime: systemRuntime(), work: 1 }
  return vendor
    .create({ siteKey, secret: 'the-secret', url, outbound, own })
    .judge({ token: 'the solution', ip })
    .catch((error: { reason?: string }) => String(error.reason))
}
