import { describe, expect, it } from 'vitest'
import { decideLink, decideManualLink, type LinkFacts, leavesWayIn, type ManualLinkFacts } from './linking.ts'

const usual: LinkFacts = {
  owner: 'nobody',
  address: 'verified',
  isOwners: false,
  isTrusted: true,
  holder: 'nobody',
  confirms: true,
  signUp: 'open',
  emailOptional: false,
}
const decide = (facts: Partial<LinkFacts>) => decideLink({ ...usual, ...facts })

const every = <K extends keyof LinkFacts>(name: K, values: readonly LinkFacts[K][]) =>
  values.map((value) => ({ [name]: value }))
const combinations: LinkFacts[] = [
  every('owner', ['nobody', 'somebody', 'unproved']),
  every('address', ['none', 'unverified', 'verified']),
  every('isOwners', [true, false]),
  every('isTrusted', [true, false]),
  every('holder', ['nobody', 'unproved', 'told', 'proved']),
  every('confirms', [true, false]),
  every('signUp', ['open', 'closed']),
  every('emailOptional', [true, false]),
].reduce<LinkFacts[]>(
  (all, choices) => all.flatMap((facts) => choices.map((choice) => ({ ...facts, ...choice }))),
  [usual],
)

describe('decideLink', () => {
  it('S37: finds an account by its address only with proof on both sides and a word that counts', () => {
    for (const facts of combinations.filter((each) => decideLink(each) === 'link'))
      expect([facts.address, facts.isTrusted, facts.holder, facts.owner]).toEqual([
        'verified',
        true,
        'proved',
        'nobody',
      ])
  })

  it('S37: an account that has its address by a word that does not count is not found by one that does', () => {
    for (const facts of combinations.filter(({ holder, owner }) => holder === 'told' && owner === 'nobody'))
      expect(['link', 'claim', 'create_proved', 'create_unproved', 'create_waiting']).not.toContain(decideLink(facts))
    expect(decide({ holder: 'told' })).toBe('create_bare')
    expect(decide({ holder: 'told', signUp: 'closed' })).toBe('refuse_sign_up')
  })

  it('S36: an address that is not verified proves, joins and reveals nothing', () => {
    const joining = new Set(['link', 'claim', 'create_proved'])
    for (const facts of combinations.filter(({ address }) => address === 'unverified'))
      expect(joining.has(decideLink(facts))).toBe(false)
    expect(decide({ address: 'unverified', holder: 'proved' })).toBe('conceal')
    expect(decide({ address: 'unverified' })).toBe('create_waiting')
  })

  it('makes no account where nobody may sign up, and lets those in who have one', () => {
    for (const facts of combinations.filter(({ signUp }) => signUp === 'closed'))
      expect(decideLink(facts)).not.toMatch(/^create/)
    expect(decide({ signUp: 'closed', owner: 'somebody' })).toBe('known')
    expect(decide({ signUp: 'closed', holder: 'proved' })).toBe('link')
  })

  it('S32: an account that waits for the proof of the address goes to whoever brings it', () => {
    expect(decide({ holder: 'unproved' })).toBe('claim')
    expect(decide({ holder: 'unproved', isTrusted: false })).toBe('create_bare')
    expect(decide({ owner: 'unproved', isOwners: true })).toBe('claim')
    expect(decide({ owner: 'unproved', isOwners: false })).toBe('wait')
  })

  it('S19: invents no address', () => {
    expect(decide({ address: 'none' })).toBe('refuse_no_email')
    expect(decide({ address: 'none', emailOptional: true })).toBe('create_bare')
  })
})

describe('decideManualLink', () => {
  const free: ManualLinkFacts = {
    owner: 'nobody',
    hasEmail: true,
    address: 'verified',
    isTaken: false,
    emailOptional: false,
  }

  it('S40: refuses what is connected already, here or elsewhere', () => {
    expect(decideManualLink({ ...free, owner: 'self' })).toBe('own_already')
    expect(decideManualLink({ ...free, owner: 'other' })).toBe('others')
  })

  it('S41: takes an address over only where it is verified and free', () => {
    const bare = { ...free, hasEmail: false }
    expect(decideManualLink(bare)).toBe('adopt')
    expect(decideManualLink({ ...bare, isTaken: true })).toBe('taken')
    expect(decideManualLink({ ...bare, address: 'unverified' })).toBe('unverified')
    expect(decideManualLink({ ...bare, address: 'none', emailOptional: true })).toBe('link')
    expect(decideManualLink({ ...free, isTaken: true })).toBe('link')
  })
})

describe('leavesWayIn', () => {
  const google = { id: 'g', provider: 'google' }
  const email = { id: 'e', provider: 'email' }
  const facts = { hasPassword: false, emailProved: true, hasPasskey: false }

  it('counts other identities, and a password on a proved address', () => {
    expect(leavesWayIn({ ...facts, identities: [google] }, 'g')).toBe(false)
    expect(leavesWayIn({ ...facts, identities: [google], hasPassword: true }, 'g')).toBe(true)
    expect(leavesWayIn({ ...facts, identities: [google], hasPassword: true, emailProved: false }, 'g')).toBe(false)
    expect(leavesWayIn({ ...facts, identities: [google], hasPasskey: true }, 'g')).toBe(true)
    expect(leavesWayIn({ ...facts, identities: [google, email] }, 'g')).toBe(true)
    expect(leavesWayIn({ ...facts, identities: [google, email], emailProved: false }, 'g')).toBe(false)
    expect(leavesWayIn({ ...facts, identities: [email], hasPassword: true }, 'e')).toBe(false)
  })
})
