import { z } from 'zod'
import { captchaPlaces } from '../core/captcha/captcha-places.ts'
import { captchaVendor, captchaVendors } from '../core/captcha/vendors/catalogue.ts'
import { set } from './about.ts'
import type { Complete } from './complete.ts'
import { type Finding, mistake, warning, when } from './finding.ts'
import * as kind from './kinds.ts'
import { parseUrl } from './kinds.ts'
import type { Parsed } from './schema.ts'

type VendorId = (typeof captchaVendors)[number]['id']
const vendorIds = captchaVendors.map(({ id }) => id) as [VendorId, ...VendorId[]]

const hostRule = 'must be host names, *.example.com for all below one, or *'
const isHost = (item: string) => item === '*' || /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(item)

/** The settings of the captcha. */
export function captchaGroup() {
  return z.strictObject({
    enabled: set(kind.toggle().optional(), 'Ask for a solved captcha.', { otherwise: 'on where it has a provider' }),
    provider: set(
      kind.choice(...vendorIds).optional(),
      'Who tells people from programs; `proof_of_work` needs no account anywhere.',
      { otherwise: 'nobody' },
    ),
    siteKey: set(kind.line(200).optional(), 'Public site key there; told to whoever draws the form.'),
    secret: set(kind.line(1_000).optional(), 'Secret key there.', { secret: true, otherwise: 'none' }),
    url: set(kind.url('https', 'http').optional(), 'Another place of its interface.', { otherwise: 'its public one' }),
    on: set(kind.choices(...captchaPlaces), 'What it is asked for, in every dialect.'),
    hostnames: set(kind.list(hostRule, isHost).optional(), 'Hosts it may be solved on; `*` compares nothing.', {
      otherwise:
        'in production those of `siteUrl`, `publicUrl`, `redirectUrls` and `corsOrigins`; else none is compared',
    }),
    compareAction: set(
      kind.toggle(),
      'A solution that names an action is good for that alone: `sign_up`, `sign_in`, `send` or `start`.',
    ),
    score: set(kind.fraction(), 'Least score, from 0 to 1, of those who give one (reCAPTCHA v3).'),
    work: set(
      kind.whole(1_000, 1_000_000),
      'Rounds of one try at a proof of work, of which 256 are needed on average: 5,000 are about half a second.',
    ),
    whenDown: set(kind.choice('refuse', 'allow'), 'What happens while its vendor does not answer.'),
    timeout: set(kind.milliseconds(500, 30_000), 'Milliseconds it has to answer.'),
  })
}

/** The captcha's settings with what depends on others. */
export function completeCaptcha(parsed: Parsed, publicUrl: string) {
  const { captcha } = parsed
  const { enabled = captcha.provider !== undefined, provider = '', siteKey = '', hostnames } = captcha
  const own = parsed.environment === 'production' ? hostsOf(parsed, publicUrl) : []
  return {
    ...captcha,
    enabled,
    provider: enabled ? provider : '',
    siteKey,
    hostnames: (hostnames ?? own).includes('*') ? [] : (hostnames ?? own),
  }
}

/** The hosts of all pages that may send people here. */
function hostsOf({ siteUrl, redirectUrls, corsOrigins }: Parsed, publicUrl: string): readonly string[] {
  const places = [publicUrl, siteUrl ?? publicUrl, ...corsOrigins, ...redirectUrls.filter((url) => !url.includes('*'))]
  const pages = places.map(parseUrl).filter((url) => url !== undefined && /^https?:$/.test(url.protocol))
  return [...new Set(pages.flatMap((page) => page?.hostname ?? []))].filter(isHost)
}

/** What does not fit together about the captcha. */
export function captchaFindings({ captcha, environment, dialects }: Complete): readonly Finding[] {
  const { enabled, provider, secret, siteKey, url, whenDown } = captcha
  if (!enabled) return []
  if (provider === '') return [mistake('captcha.provider', 'must be set where a captcha is asked for.')]
  const altogic = when(
    dialects.altogic.enabled && dialects.altogic.captcha,
    warning('dialects.altogic.captcha', 'is on: the client of Altogic cannot bring a captcha and is refused.'),
  )
  if (captchaVendor(provider).own === true)
    return [
      ...altogic,
      ...when(!dialects.native.enabled, mistake('dialects.native.enabled', 'must be on: it hands out the challenges.')),
    ]
  return [
    ...altogic,
    ...when(secret === undefined, mistake('captcha.secret', 'must be set where a captcha is asked for.')),
    ...when(
      url?.startsWith('http:') === true && environment === 'production',
      mistake('captcha.url', 'must use https in production.'),
    ),
    ...when(siteKey === '', warning('captcha.siteKey', 'is not set: forms cannot learn it from the settings.')),
    ...when(whenDown === 'allow', warning('captcha.whenDown', 'is allow: whoever keeps its vendor busy gets past it.')),
  ]
}
