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

/** What came beside an answer, or in its place. */
export interface Sent {
  readonly relayState: string | undefined
  /** Whether there is a reference to be resolved, which nothing here does. */
  readonly isArtifact: boolean
}

/** Why an answer was not accepted, in this dialect's words. What was answered is not repeated: it is about a person. */
export function answerFault(refused: Refusal, sent: Sent): Refusal {
  const { code, details } = refused
  if (code === 'provider_disabled')
    return refusal('sso_disabled', 'SSO Provider assigned for this domain is currently disabled')
  // Upstream forgets who began with it once it has gone, as it forgets what was answered.
  if (code === 'sso_provider_not_found') return refusal('relay_not_found')
  if (code === 'flow_state_already_used' && details.reason === 'before') return refusal('relay_not_found')
  if (code === 'saml_assertion_invalid') return assertionFault(refused, sent)
  if (code !== 'bad_oauth_state') return refused
  if (details.reason === 'unsolicited') return fault('This Identity Provider may not start a sign-in by itself')
  if (details.reason === 'expired') return refusal('relay_expired')
  return isUuid(sent.relayState) ? refusal('relay_not_found') : fault('SAML RelayState is not a valid UUID or URL')
}

/** Faults of form are told apart only where nobody began here: there they are found first. */
function assertionFault(refused: Refusal, { relayState, isArtifact }: Sent): Refusal {
  if (!faultsOfForm.has(refused.details.reason ?? '')) return refused
  if (isUuid(relayState)) return fault('SAML Assertion is not valid')
  return isArtifact ? fault('SAML Artifact response can only be used with SP initiated flow') : refused
}

const faultsOfForm: ReadonlySet<string> = new Set(['missing', 'not_base64', 'xml', 'not_a_response'])

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
