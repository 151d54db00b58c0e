/** What is known when somebody comes from a provider. */
export interface LinkFacts {
  /** Whose identity it is already; `unproved` where that account waits for the proof of its address. */
  readonly owner: 'nobody' | 'somebody' | 'unproved'
  /** The address that the provider tells. */
  readonly address: 'none' | 'unverified' | 'verified'
  /** Whether that address is the one the owner's account waits with. */
  readonly isOwners: boolean
  /** Whether the provider's word about an address may find the account that has it. */
  readonly isTrusted: boolean
  /**
   * Who has that address here: nobody, an account that never proved it, one of which only a provider has told so whose word
   * does not count, or one that has proved it.
   */
  readonly holder: 'nobody' | 'unproved' | 'told' | 'proved'
  /** Whether addresses must be proved before an account is usable. */
  readonly confirms: boolean
  readonly signUp: 'open' | 'closed'
  readonly emailOptional: boolean
}

/** What becomes of somebody who comes from a provider. */
export type LinkDecision =
  /** The identity's account. */
  | 'known'
  /** The account that has proved the address. */
  | 'link'
  /** The account that waits for the proof of its address, which this is: what others left on it goes. */
  | 'claim'
  /** A new account: with the proved address, with an unproved one, or without. */
  | 'create_proved'
  | 'create_unproved'
  | 'create_bare'
  /** A new account, or the one there is, which waits until a mail proves its address; nobody is signed in. */
  | 'create_waiting'
  | 'wait'
  /** Looks like waiting; the address is somebody else's. */
  | 'conceal'
  | 'refuse_sign_up'
  | 'refuse_no_email'

/**
 * Decides whose account it is (S32, S36, S37): the identity names its account; an address finds one only when both sides
 * have proved it and the provider's word counts; what nobody proved joins nothing.
 */
export function decideLink(facts: LinkFacts): LinkDecision {
  const { owner, address, isTrusted, holder, confirms } = facts
  if (owner === 'somebody') return 'known'
  if (owner === 'unproved') return decideWaiting(facts)
  if (address === 'verified' && isTrusted && holder === 'proved') return 'link'
  if (address === 'verified' && isTrusted && holder === 'unproved') return 'claim'
  if (address === 'none' && !facts.emailOptional) return 'refuse_no_email'
  if (address === 'unverified' && confirms && holder !== 'nobody') return 'conceal'
  if (facts.signUp === 'closed') return 'refuse_sign_up'
  if (address === 'none' || holder !== 'nobody') return 'create_bare'
  if (address === 'verified') return 'create_proved'
  return confirms ? 'create_waiting' : 'create_unproved'
}

function decideWaiting({ address, isOwners, isTrusted, confirms }: LinkFacts): LinkDecision {
  if (address === 'verified' && isOwners && isTrusted) return 'claim'
  return confirms ? 'wait' : 'known'
}

/** What is known when somebody connects an account elsewhere by hand. */
export interface ManualLinkFacts {
  readonly owner: 'nobody' | 'self' | 'other'
  /** Whether the account has an address of its own. */
  readonly hasEmail: boolean
  readonly address: 'none' | 'unverified' | 'verified'
  readonly isTaken: boolean
  readonly emailOptional: boolean
}

/** What becomes of a connection by hand (S40, S41). `adopt`: the account takes the address with it. */
export type ManualLinkDecision = 'link' | 'adopt' | 'own_already' | 'others' | 'taken' | 'unverified'

/** Decides whether an account elsewhere is connected with the one that asks for it. */
export function decideManualLink(facts: ManualLinkFacts): ManualLinkDecision {
  if (facts.owner !== 'nobody') return facts.owner === 'self' ? 'own_already' : 'others'
  if (facts.hasEmail) return 'link'
  if (facts.address === 'verified') return facts.isTaken ? 'taken' : 'adopt'
  return facts.emailOptional ? 'link' : 'unverified'
}

/** An identity as far as it matters for removing one. */
export interface RemainingFacts {
  readonly identities: readonly { readonly id: string; readonly provider: string }[]
  readonly hasPassword: boolean
  readonly emailProved: boolean
  /** Whether a passkey signs in alone. */
  readonly hasPasskey: boolean
}

/** Whether somebody could still sign in without an identity (S40): with another one, or with a password or passkey. */
export function leavesWayIn(facts: RemainingFacts, removed: string): boolean {
  const others = facts.identities.filter(({ id }) => id !== removed)
  const isOwnEmail = facts.identities.find(({ id }) => id === removed)?.provider === 'email'
  if (others.some(({ provider }) => provider !== 'email' || facts.emailProved)) return true
  return facts.hasPasskey || (facts.hasPassword && facts.emailProved && !isOwnEmail)
}
