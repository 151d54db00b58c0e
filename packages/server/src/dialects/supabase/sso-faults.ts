import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { fault, refusal } from './refuse.ts'

/** A sign-in that cannot begin, in this dialect's words. */
export function startFault(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  if (error.code === 'sso_provider_not_found')
    throw refusal(error.details.reason === 'domain' ? 'sso_unknown_domain' : 'sso_unknown_id')
  if (error.code === 'provider_disabled') throw refusal('sso_disabled')
  throw error
}

/** Why an answer was not accepted, in this dialect's words. */
export function answerFault(refused: Refusal, relayState: string | undefined): Refusal {
  const { code, details } = refused
  if (code === 'provider_disabled')
    return refusal('sso_disabled', 'SSO Provider assigned for this domain is currently disabled')
  if (code === 'sso_provider_not_found') return refusal('saml_idp')
  if (code !== 'bad_oauth_state') return refused
  if (details.reason === 'unsolicited') return fault('This Identity Provider may not start a sign-in by itself')
  if (details.reason === 'expired') return refusal('relay_expired')
  return isUuid(relayState) ? refusal('relay_not_found') : fault('SAML RelayState is not a valid UUID or URL')
}

/** A provider that cannot be stored, in this dialect's words. @param way how it was to be stored */
export function storeFault(way: 'create' | 'update'): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal)) throw error
    const { code, details, message } = error
    if (code === 'sso_provider_not_found') throw refusal('sso_unknown')
    if (code === 'validation_failed' && details.reason === 'metadata_fetch') throw refusal('saml_fetch', message)
    if (code === 'validation_failed' && details.reason === 'entity_mismatch')
      throw refusal('sso_entity_mismatch', message)
    if (code !== 'conflict') throw error
    if (details.reason === 'domain') throw domainTaken(way, String(details['domain']), String(details['providerId']))
    if (details.reason !== 'entity') throw refusal('sso_conflict')
    const entity = String(details['entityId'])
    throw refusal('sso_entity_exists', `SAML Identity Provider with this EntityID (${entity}) already exists`)
  }
}

function domainTaken(way: 'create' | 'update', domain: string, provider: string): Refusal {
  return way === 'create'
    ? refusal(
        'sso_domain_exists',
        `SSO Domain '${domain}' is already assigned to an SSO identity provider (${provider})`,
      )
    : refusal('sso_domain_exists', `SSO domain '${domain}' already assigned to another provider (${provider})`)
}
