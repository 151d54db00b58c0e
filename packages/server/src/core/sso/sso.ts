import { Refusal } from '../../base/errors.ts'
import { type Outbound, OutboundError } from '../../base/outbound.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Settings } from '../settings/settings.ts'
import { invalidResponse } from './invalid-response.ts'
import { profileOfAssertion, type SsoProfile } from './profile-of-assertion.ts'
import { type IdpMetadata, metadataBytes, readMetadata } from './read-metadata.ts'
import { space } from './saml-names.ts'
import type { ServiceKeys } from './service-key.ts'
import { serviceMetadata } from './service-metadata.ts'
import type { SsoProvider } from './sso-provider.ts'
import { base64Of, strictly, verifyResponse } from './verify-response.ts'
import { childrenOf } from './xml.ts'

/** Somebody whose organisation has vouched for them. */
export interface SsoArrival {
  readonly profile: SsoProfile
  /** Names the assertion among those of its provider, and until when it could be shown again. */
  readonly assertionId: string
  readonly expiresAt: Date
  readonly sessionEndsAt: Date | null
}

/** This server as a service provider (SAML 2.0 Web Browser SSO). Touches no table; all but `fetchMetadata` ask nobody. */
export interface Sso {
  /** Where a browser goes to sign in there. The request is signed. */
  request(at: SsoProvider, input: { readonly relayState: string; readonly requestId: string }): Promise<string>
  /** Whom a response speaks of. @throws Refusal `saml_assertion_invalid` */
  judge(at: SsoProvider, came: { readonly response: string; readonly requestId: string | null }): Promise<SsoArrival>
  /** Whom a response says it is from. Nothing has been verified. @throws Refusal `saml_assertion_invalid` */
  issuerOf(response: string): Promise<string>
  /** @throws Refusal `validation_failed` */
  readMetadata(xml: string): Promise<IdpMetadata>
  /** @throws Refusal `validation_failed` with `details.reason` `metadata_fetch` */
  fetchMetadata(url: string): Promise<string>
  /** What identity providers need to know of this server. */
  metadata(more?: { readonly validUntil: Date }): Promise<string>
}

/** What the room works with. */
export interface SsoDeps {
  readonly keys: ServiceKeys
  readonly outbound: Outbound
  readonly runtime: Pick<Runtime, 'now'>
  readonly settings: Pick<Settings, 'sso' | 'outbound'>
  /** An e-mail address in its stored form, or undefined. */
  readAddress(text: string): string | undefined
}

/** The library that speaks SAML is loaded with the first request that needs it. */
export function createSso(deps: SsoDeps): Sso {
  const { keys, outbound, runtime, settings } = deps
  const { sso } = settings
  const isAllowed = (address: string): boolean => {
    const { protocol, hostname } = new URL(address)
    return protocol === 'https:' || (protocol === 'http:' && settings.outbound.allow.includes(hostname))
  }
  const readOwn = (xml: string) => readMetadata(xml, isAllowed)
  return {
    async request(at, { relayState, requestId }) {
      const [{ SAML }, key, idp] = await Promise.all([
        import('@node-saml/node-saml'),
        keys.current(),
        readOwn(at.metadataXml),
      ])
      const saml = new SAML({
        idpCert: [...idp.certificates],
        issuer: sso.entityId,
        callbackUrl: sso.callback,
        entryPoint: idp.signInUrl,
        privateKey: key.privateKey,
        signatureAlgorithm: 'sha256',
        identifierFormat: at.nameIdFormat,
        disableRequestedAuthnContext: true,
        generateUniqueId: () => requestId,
      })
      return saml.getAuthorizeUrlAsync(relayState, undefined, {})
    },
    async judge(at, { response, requestId }) {
      const { certificates } = await readOwn(at.metadataXml)
      const assertion = await verifyResponse(response, {
        entityId: at.entityId,
        certificates,
        audience: sso.entityId,
        recipient: sso.callback,
        requestId,
        now: runtime.now(),
        skew: sso.skew,
        decryptionKey: sso.encryptedAssertions ? (await keys.current()).privateKey : undefined,
      })
      const { id, expiresAt, sessionEndsAt } = assertion
      return {
        profile: profileOfAssertion(at, assertion, deps.readAddress),
        assertionId: id,
        expiresAt,
        sessionEndsAt,
      }
    },
    async issuerOf(response) {
      const root = await strictly(Buffer.from(base64Of(response), 'base64'))
      if (root.name !== 'Response' || root.namespace !== space.protocol) throw invalidResponse('not_a_response')
      const [issuer] = childrenOf(root, space.assertion, 'Issuer')
      const [assertion] = childrenOf(root, space.assertion, 'Assertion')
      const found =
        issuer ?? (assertion === undefined ? undefined : childrenOf(assertion, space.assertion, 'Issuer')[0])
      if (found === undefined) throw invalidResponse('issuer')
      return found.text.trim().slice(0, 1_024)
    },
    readMetadata: readOwn,
    async fetchMetadata(url) {
      const response = await outbound(url, {
        headers: { accept: 'application/samlmetadata+xml, application/xml' },
      }).catch((error: unknown) => {
        if (error instanceof OutboundError) throw notFetched(url, undefined, error)
        throw error
      })
      if (response.status !== 200) throw notFetched(url, response.status)
      const text = await response.text()
      if (text.length > metadataBytes) throw notFetched(url, undefined)
      return text
    },
    async metadata(more) {
      return serviceMetadata({ ...sso, key: await keys.current(), ...more })
    },
  }
}

/** A door that is closed and one that must not be knocked at look the same from outside (S117). */
function notFetched(url: string, status: number | undefined, cause?: unknown): Refusal {
  const what =
    status === undefined ? 'The SAML Metadata cannot be fetched' : `HTTP ${status} error fetching SAML Metadata`
  return new Refusal('validation_failed', {
    message: `${what} from URL '${url}'`,
    details: { reason: 'metadata_fetch' },
    ...(cause === undefined ? {} : { cause }),
  })
}
