/** Where a claim of ours is found among the attributes of an assertion. */
export interface AttributeSource {
  readonly name?: string | undefined
  /** Further names; the first that is there counts. */
  readonly names?: readonly string[] | undefined
  /** What is taken where no attribute is there. */
  readonly default?: unknown
  /** Whether all values are kept as a list. */
  readonly array?: boolean | undefined
}

/** Which claims are filled, and from where. */
export type AttributeMapping = Readonly<Record<string, AttributeSource>>

/** An organisation's identity provider, as it is stored. */
export interface SsoProvider {
  readonly id: string
  readonly resourceId: string | null
  readonly entityId: string
  readonly metadataXml: string
  readonly metadataUrl: string | null
  readonly attributeMapping: AttributeMapping
  /** The form of NameID that is asked for. */
  readonly nameIdFormat: string | null
  readonly enabled: boolean
  /** Whether it may send people who did not begin here. */
  readonly allowUnsolicited: boolean
  readonly domains: readonly string[]
  readonly metadataCheckedAt: Date
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What identities of a provider carry as theirs: `sso:<id>`. No other provider's id begins so. */
export const ssoPrefix = 'sso:'
