import type { Gate, Route } from '../../http/route.ts'
import { refusal } from './refuse.ts'

const scim = ['/scim/v2/ServiceProviderConfig', '/scim/v2/ResourceTypes', '/scim/v2/Schemas']

/** The routes of features that are switched off here: each says so as upstream does. */
export function switchedOffRoutes(everybody: readonly Gate[]): readonly Route[] {
  return scim.map((path) => ({
    method: 'GET' as const,
    path,
    gates: [...everybody, throwing],
    handle: throwing,
  }))
}

function throwing(): never {
  throw refusal('scim')
}
