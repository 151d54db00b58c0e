import { invalid, Refusal } from '../../../base/errors.ts'

/** Which field is meant, and what to do about it, for each reason whose words are those of another wire. */
const faults: Readonly<Record<string, readonly [path: string, rule: string]>> = {
  metadata_missing: ['metadataUrl', 'is needed, or metadataXml'],
  metadata_twice: ['metadataUrl', 'goes without metadataXml'],
  metadata_url: ['metadataUrl', 'must be an https URL'],
  name_id_format: ['nameIdFormat', 'must be null or a format of SAML 2.0 that is known here'],
  resource_id: ['resourceId', 'must be 1 to 128 visible characters'],
  attribute_mapping: ['claims', 'may have 100 keys of up to 128 characters'],
}

/** Puts what is wrong with a provider into the words of this dialect. Metadata is told of by the field it came in. */
export function inOwnWords(given: { readonly metadataUrl?: unknown }): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal) || error.code !== 'validation_failed' || 'fields' in error.details) throw error
    const reason = String(error.details.reason)
    const known = Object.hasOwn(faults, reason) ? faults[reason] : undefined
    if (known !== undefined) throw invalid(...known)
    const metadata = given.metadataUrl === undefined ? 'metadataXml' : 'metadataUrl'
    throw invalid(reason === 'domain' ? 'domains' : metadata, error.message)
  }
}
