import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Identity, User } from '#src/core/users/user.ts'
import {
  clientId,
  clientSecret,
  type Documented,
  type DocumentedProviders,
  startDocumented,
} from '../../world/documented-provider.ts'
import { exchange, nativeStart, type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import { bitbucket } from './documented/bitbucket.ts'
import { discord } from './documented/discord.ts'
import { figma } from './documented/figma.ts'
import { fly } from './documented/fly.ts'
import { gitlab } from './documented/gitlab.ts'
import { keycloak } from './documented/keycloak.ts'
import { linkedin } from './documented/linkedin.ts'
import { notion } from './documented/notion.ts'
import { slack } from './documented/slack.ts'
import { snapchat } from './documented/snapchat.ts'
import { spotify } from './documented/spotify.ts'
import { strava } from './documented/strava.ts'
import { twitch } from './documented/twitch.ts'
import { windowslive } from './documented/windowslive.ts'
import { workos } from './documented/workos.ts'
import { x } from './documented/x.ts'
import { zoom } from './documented/zoom.ts'

const all: readonly Documented[] = [
  ...[bitbucket, discord, figma, fly, gitlab, keycloak, linkedin('linkedin'), linkedin('linkedin_oidc'), notion],
  ...[slack('slack'), slack('slack_oidc'), snapchat, spotify, strava, twitch, windowslive, workos, x, zoom],
]

let there: DocumentedProviders
let world: SocialWorld
beforeAll(async () => {
  there = await startDocumented(all)
  const settings = (id: string) => ({ clientId: [clientId], clientSecret, url: there.urlOf(id) })
  world = await startSocial({ providers: Object.fromEntries(all.map(({ id }) => [id, settings(id)])) })
})
afterAll(async () => {
  await world.close()
  await there.close()
})

/** Signs in, in a browser of its own. Answers where that leads in the app. */
async function signIn({ id, authorize }: Documented, email: string): Promise<URL> {
  there.email = email
  const { url } = await createTraveller().go(nativeStart(world, authorize.asked, id), world.app)
  return url
}

async function ownerOf({ id, profile }: Documented): Promise<{ user: User; identity: Identity } | undefined> {
  const owned = await world.core.identities.findOwner(id, profile.subject)
  const user = owned === undefined ? undefined : await world.core.users.find(owned.userId)
  const identity = user?.identities.find(({ provider }) => provider === id)
  return user === undefined || identity === undefined ? undefined : { user, identity }
}

async function withPassword(email: string): Promise<{ readonly id: string }> {
  const response = await fetch(`${world.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'seven quiet otters', emailConfirmed: true }),
  })
  return (await response.json()) as { id: string }
}

describe.each(all)('$id', (at) => {
  it('S36, S37: finds the account that has the address only where the provider has verified it', async () => {
    const email = `holder.${at.id}@example.test`
    const holder = await withPassword(email)
    const lead = await signIn(at, email)
    expect(there.faults).toEqual([])
    const owner = await ownerOf(at)
    const known = await world.core.users.find(holder.id)
    expect(known?.identities.some(({ provider }) => provider === at.id)).toBe(at.profile.email === 'verified')
    expect(owner?.user.id === holder.id).toBe(at.profile.email === 'verified')
    expect(lead.searchParams.get('error')).toBe(at.profile.email === 'unverified' ? 'email_not_confirmed' : null)
    await world.core.users.remove(owner?.user.id ?? holder.id)
  })

  it('is asked and understood as its documentation says', async () => {
    const email = `new.${at.id}@example.test`
    const lead = await signIn(at, email)
    expect(there.faults).toEqual([])
    const owner = await ownerOf(at)
    const { subject, name, username, avatarUrl } = at.profile
    expect(owner?.user).toMatchObject({
      email: at.profile.email === 'none' ? null : email,
      displayName: name,
      avatarUrl: avatarUrl ?? null,
    })
    expect(owner?.user.emailConfirmedAt !== null).toBe(at.profile.email === 'verified')
    expect(owner?.identity.data).toMatchObject({
      sub: subject,
      provider_id: subject,
      email_verified: at.profile.email === 'verified',
      ...(username === undefined ? {} : { user_name: username }),
    })
    if (at.profile.email === 'unverified') return
    const { status, body } = await exchange(world, lead.searchParams.get('code') ?? '')
    expect(status).toBe(200)
    expect(body).toMatchObject({ user: { id: owner?.user.id } })
  })
})
