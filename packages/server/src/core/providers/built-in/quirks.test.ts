import { describe, expect, it } from 'vitest'
import { signInAt, tryProvider } from '../../../../test/world/asked-provider.ts'
import { bitbucket } from './bitbucket.ts'
import { discord } from './discord.ts'
import { gitlab } from './gitlab.ts'
import { keycloak } from './keycloak.ts'
import { linkedinOidc } from './linkedin-oidc.ts'
import { slackOidc } from './slack-oidc.ts'
import { snapchat } from './snapchat.ts'
import { spotify } from './spotify.ts'
import { twitch } from './twitch.ts'
import { workos } from './workos.ts'
import { x } from './x.ts'
import { zoom } from './zoom.ts'

const email = 'victim@example.test'
const none = { email: null, emailVerified: false }
const unverified = { email, emailVerified: false }

describe('S36: an address counts only where its provider says so, in the form in which it says so', () => {
  it.each([false, undefined, null, 0, 1, 'true', [true]])('discord: verified is %s', async (verified) => {
    const answers = { 'https://discord.com/api/users/@me': { id: '1', username: 'u', email, verified } }
    expect((await signInAt(discord, { answers })).profile).toMatchObject(unverified)
  })

  it.each([0, undefined, true, '1', 2])('zoom: verified is %s', async (verified) => {
    const answers = { 'https://api.zoom.us/v2/users/me': { id: 'z', email, verified } }
    expect((await signInAt(zoom, { answers })).profile).toMatchObject(unverified)
  })

  it.each([null, undefined, '', true])('gitlab: confirmed_at is %s', async (confirmed) => {
    const answers = { 'https://gitlab.com/api/v4/user': { id: 5, email, confirmed_at: confirmed } }
    expect((await signInAt(gitlab, { answers })).profile).toMatchObject(unverified)
  })

  it('bitbucket: the flag is of the address itself', async () => {
    const listed = (values: unknown) => ({
      'https://api.bitbucket.org/2.0/user': { uuid: '{u}' },
      'https://api.bitbucket.org/2.0/user/emails': { values },
    })
    const own = { email: 'own@example.test', is_primary: false, is_confirmed: true }
    const planted = { email, is_primary: true, is_confirmed: false }
    expect((await signInAt(bitbucket, { answers: listed([own, planted]) })).profile).toMatchObject(unverified)
    expect((await signInAt(bitbucket, { answers: listed([own]) })).profile).toMatchObject({
      email: 'own@example.test',
      emailVerified: true,
    })
    expect((await signInAt(bitbucket, { answers: listed([{ ...planted, is_primary: false }]) })).profile).toMatchObject(
      none,
    )
  })

  it('x and twitch: an address that is not confirmed is not shown, and no other field is one', async () => {
    const me = 'https://api.x.com/2/users/me?user.fields=confirmed_email,profile_image_url'
    const shown = await signInAt(x, { answers: { [me]: { data: { id: '1', email } } } })
    expect(shown.profile).toMatchObject(none)
    const users = { 'https://api.twitch.tv/helix/users': { data: [{ id: '1', login: 'l', email: '' }] } }
    expect((await signInAt(twitch, { answers: users })).profile).toMatchObject(none)
  })

  it.each([false, 'false', undefined, 1])('linkedin, slack and keycloak: email_verified is %s', async (flag) => {
    const claims = { sub: '1', email, email_verified: flag }
    for (const provider of [linkedinOidc, slackOidc]) {
      expect((await signInAt(provider, { claims })).profile).toMatchObject(unverified)
    }
    const settings = { url: 'https://id.example.test/realms/one' }
    expect((await signInAt(keycloak, { claims, settings })).profile).toMatchObject(unverified)
  })
})

describe('S38: nobody gets in without an id', () => {
  it('that is there, and names one account', async () => {
    for (const id of [undefined, '', 0, null, {}]) {
      const answers = { 'https://discord.com/api/users/@me': { id, email, verified: true } }
      await expect(signInAt(discord, { answers })).rejects.toMatchObject({ details: { reason: 'no_subject' } })
    }
    const nobody = { 'https://api.twitch.tv/helix/users': { data: [] } }
    await expect(signInAt(twitch, { answers: nobody })).rejects.toMatchObject({ details: { reason: 'no_subject' } })
  })
})

describe('spotify', () => {
  it('is shown the secret as it is, for it would not decode it', async () => {
    const answers = { 'https://api.spotify.com/v1/me': { id: 's' } }
    const { asked } = await signInAt(spotify, { answers, settings: { clientSecret: 'a_b-c' } })
    const basic = asked.find(({ method }) => method === 'POST')?.headers?.['authorization'] ?? ''
    expect(Buffer.from(basic.replace('Basic ', ''), 'base64').toString()).toBe('our-client:a_b-c')
  })
})

describe('discord', () => {
  it('shows pictures from its own place alone', async () => {
    const avatarOf = async (avatar: unknown) => {
      const answers = { 'https://discord.com/api/users/@me': { id: '1', avatar } }
      return (await signInAt(discord, { answers })).profile.avatarUrl
    }
    expect(await avatarOf('a_1b')).toBe('https://cdn.discordapp.com/avatars/1/a_1b.gif')
    expect(await avatarOf('../../evil')).toBeNull()
    expect(await avatarOf(null)).toBeNull()
  })
})

describe('keycloak', () => {
  it('is its realm, with or without a slash at the end', async () => {
    for (const url of ['https://id.example.test/realms/one', 'https://id.example.test/realms/one/']) {
      const { profile } = await signInAt(keycloak, { settings: { url }, claims: { sub: 'k' } })
      expect(profile.data).toMatchObject({ iss: 'https://id.example.test/realms/one' })
    }
    await expect(signInAt(keycloak)).rejects.toMatchObject({ code: 'provider_failed' })
  })
})

describe('linkedin', () => {
  it('has two issuers, and no others', async () => {
    const claims = { sub: 'l', email, email_verified: 'true' }
    for (const iss of ['https://www.linkedin.com', 'https://www.linkedin.com/oauth'])
      expect((await signInAt(linkedinOidc, { claims: { ...claims, iss } })).profile).toMatchObject({
        email,
        emailVerified: true,
      })
    const other = signInAt(linkedinOidc, { claims: { ...claims, iss: 'https://www.linkedin.com/' } })
    await expect(other).rejects.toMatchObject({ code: 'id_token_invalid', details: { reason: 'issuer' } })
  })

  it('takes no ID token that an app hands in, for nothing in it says who asked', async () => {
    const { providers, at, idToken } = await tryProvider(linkedinOidc)
    const handed = { idToken: await idToken({ sub: 'l' }), nonce: 'a-nonce', accessToken: undefined }
    await expect(providers.identify(at, handed)).rejects.toMatchObject({ code: 'provider_disabled' })
  })
})

describe('snapchat', () => {
  it('takes ID tokens, with the keys its document names', async () => {
    const { providers, at, idToken, asked } = await tryProvider(snapchat)
    const handed = {
      idToken: await idToken({ sub: 's', email, email_verified: true, nonce: undefined as never }),
      nonce: undefined,
      accessToken: undefined,
    }
    expect(await providers.identify(at, handed)).toMatchObject({ subject: 's', ...unverified })
    expect(asked.map(({ url }) => url)).toContain(
      'https://accounts.snapchat.com/accounts/oauth2/token/.well-known/openid-configuration',
    )
  })
})

describe('workos', () => {
  const token = { profile: { id: 'prof_1', email } }

  it('goes where the caller says, else where the settings say, else nowhere', async () => {
    const wayOf = async (callerParams: Record<string, string>, options: Record<string, string> = {}) => {
      const { authorization } = await signInAt(workos, { token, callerParams, settings: { options } })
      return Object.fromEntries(
        ['connection', 'organization', 'provider', 'domain'].flatMap((name) => {
          const value = authorization.searchParams.get(name)
          return value === null ? [] : [[name, value]]
        }),
      )
    }
    const options = { defaultOrganization: 'org_ours' }
    expect(await wayOf({ connection: 'conn_1' }, options)).toEqual({ connection: 'conn_1' })
    expect(await wayOf({ workos_provider: 'GoogleOAuth' }, options)).toEqual({ provider: 'GoogleOAuth' })
    expect(await wayOf({}, options)).toEqual({ organization: 'org_ours' })
    expect(await wayOf({}, { defaultDomain: 'a.test', defaultConnection: 'c' })).toEqual({ connection: 'c' })
    expect(await wayOf({}, { defaultProvider: 'authkit' })).toEqual({ provider: 'authkit' })
    await expect(wayOf({ prompt: 'x' })).rejects.toMatchObject({ code: 'validation_failed' })
  })

  it('S37: vouches for no address, whatever stands in the profile', async () => {
    const profile = { id: 'prof_1', email, email_verified: true, raw_attributes: { email_verified: true } }
    const { profile: known } = await signInAt(workos, { token: { profile }, callerParams: { connection: 'c' } })
    expect(known).toMatchObject({ subject: 'prof_1', ...unverified })
    expect(workos.verifiesEmail).toBe(false)
  })
})
