import { type Outbound, OutboundError } from '../../base/outbound.ts'
import { CaptchaFault, type Verdict } from './captcha-vendor.ts'

/** Faults of the vendor's own, by the name it gives them: they say nothing about the solution. */
const theirs = new Set(['internal-error'])

/**
 * Posts a form to a vendor and reads the verdict that all of them give in one shape: `success`, `error-codes`, `hostname`,
 * `action`, `score`.
 * @throws CaptchaFault
 */
export async function askVendor(
  outbound: Outbound,
  url: string,
  form: Readonly<Record<string, string | null>>,
): Promise<Verdict> {
  const fields = Object.entries(form).filter((field): field is [string, string] => field[1] !== null)
  const response = await outbound(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  }).catch((error: unknown) => {
    throw new CaptchaFault(error instanceof OutboundError ? error.reason : 'unreachable', error)
  })
  const body = readObject(await response.text())
  // Some refuse with 400 and a verdict; without one a status says that nobody has judged.
  if (typeof body?.['success'] !== 'boolean' || response.status >= 500)
    throw new CaptchaFault(`http_${response.status}`)
  return verdictOf(body)
}

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function verdictOf(body: Readonly<Record<string, unknown>>): Verdict {
  if (body['success'] !== true) {
    const codes = codesOf(body['error-codes'])
    if (codes.some((code) => theirs.has(code))) throw new CaptchaFault('internal-error')
    return { kind: 'unsolved', codes }
  }
  const { hostname, action, score } = body
  return {
    kind: 'solved',
    ...(typeof hostname === 'string' && hostname !== '' ? { hostname } : {}),
    ...(typeof action === 'string' && action !== '' ? { action } : {}),
    ...(typeof score === 'number' ? { score } : {}),
  }
}

/** Codes travel to whoever asked, so they are words and few. */
function codesOf(value: unknown): readonly string[] {
  const codes = Array.isArray(value) ? value : []
  return codes.filter((code) => typeof code === 'string' && /^[a-z-]{1,64}$/.test(code)).slice(0, 8)
}
