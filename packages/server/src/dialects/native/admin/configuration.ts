import type { z } from 'zod'
import { invalid, Refusal } from '../../../base/errors.ts'
import type { Core } from '../../../core/core.ts'
import type { Taken } from '../../../core/limits/limits.ts'
import { type Standing, standingOfNetwork, standingOfUser } from '../../../flows/admin/standing.ts'
import { bucketsOfNetworks, bucketsOfUsers, takeOf } from '../../../gate/limited.ts'
import { createClientAddresses } from '../../../http/client-address.ts'
import type { Call } from '../operation.ts'
import type { counter, countersQuery, previewBody } from '../schemas/configuration.ts'

/** GET /admin/settings */
export function listSettings({ native }: Call) {
  const items = native.settings().map(({ path, variable, value, fallback, source, secret, about }) => ({
    name: path,
    variable,
    value: value ?? null,
    default: fallback ?? null,
    source,
    secret,
    description: about,
  }))
  return { items, nextCursor: null }
}

/** GET /admin/redirects */
export function listRedirects({ core: { settings } }: Call) {
  return { siteUrl: settings.siteUrl, urls: [...settings.redirectUrls] }
}

/** GET /admin/templates */
export function listTemplates({ native }: Call) {
  return { items: native.messages.list().map((one) => ({ ...one })), nextCursor: null }
}

/** POST /admin/templates/preview */
export function previewTemplate({ native, body }: Call<typeof previewBody>) {
  return native.messages.preview(body.template, body.locale)
}

/** GET /admin/limits */
export async function listCounters({ core, query }: Call<undefined, typeof countersQuery>) {
  const { network, userId } = query
  if ((network === undefined) === (userId === undefined))
    throw invalid('network', 'either a network or a user is needed')
  const items = network === undefined ? await ofUser(core, userId ?? '') : await ofNetwork(core, network)
  return { items, nextCursor: null }
}

async function ofNetwork(core: Core, text: string): Promise<z.input<typeof counter>[]> {
  const { network } = createClientAddresses().clientOf(text.replace(/\/64$/, ''), undefined)
  const requests = await core.limits.look(bucketsOfNetworks.map((bucket) => takeOf(core, bucket, network)))
  return [...requests.map(presentRequests), ...(await standingOfNetwork(core, network)).map(presentStanding)]
}

async function ofUser(core: Core, id: string): Promise<z.input<typeof counter>[]> {
  const user = await core.users.find(id)
  if (user === undefined) throw new Refusal('user_not_found')
  const requests = await core.limits.look(bucketsOfUsers.map((bucket) => takeOf(core, bucket, user.id)))
  return [...requests.map(presentRequests), ...(await standingOfUser(core, user)).map(presentStanding)]
}

/** Requests are counted by the bucket that stands first in their key. */
function presentRequests({ key, limit, remaining, resetIn, over }: Taken): z.input<typeof counter> {
  return { counter: `requests:${key.split(':', 1)[0]}`, limit, remaining, resetIn, over }
}

function presentStanding({ counter: name, limit, remaining, resetIn, over }: Standing): z.input<typeof counter> {
  return { counter: name, limit, remaining, resetIn, over }
}
