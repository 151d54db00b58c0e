import { describe, expect, it } from 'vitest'
import { azure } from './built-in/azure.ts'
import { gitlab } from './built-in/gitlab.ts'
import { google } from './built-in/google.ts'
import { keycloak } from './built-in/keycloak.ts'
import { catalogue } from './catalogue.ts'
import { type CustomProvider, customProvider } from './custom.ts'
import { homeOf } from './provider-homes.ts'
import { noSettings } from './provider-settings.ts'

const at = (provider: typeof google, url?: string) => homeOf({ provider, settings: { ...noSettings, url } }).home

describe('the home of a provider', () => {
  it('is the product, whether or not its usual address is spelled out', () => {
    expect(at(google)).toBe('google')
    expect(at(google, 'https://accounts.google.com')).toBe('google')
    expect(at(gitlab, 'https://gitlab.com/')).toBe('gitlab')
    expect(at(gitlab, 'https://git.example/')).toBe('https://git.example')
    expect(at(keycloak, 'https://host/realms/a')).not.toBe(at(keycloak, 'https://host/realms/b'))
  })

  it('S38: is all of Microsoft, whose subjects name their tenant', () => {
    const tenants = [undefined, 'common', 'organizations', '9188040d-6c67-4c5b-b112-36a304b66dad']
    const urls = tenants.map((tenant) =>
      tenant === undefined ? undefined : `https://login.microsoftonline.com/${tenant}`,
    )
    expect(new Set(urls.map((url) => at(azure, url))).size).toBe(1)
    expect(at(azure, 'https://login.microsoftonline.us/common')).not.toBe(at(azure))
  })

  it('is known of every built-in provider, with settings and without', () => {
    for (const provider of catalogue)
      expect([provider.id, at(provider), at(provider, 'https://x.example/y')]).not.toContain('')
  })

  it('S38: of an own provider is its issuer, or where profiles are read, and the claim that was chosen', () => {
    const own = (more: Partial<CustomProvider>) => {
      const settings = { ...noSettings, clientIds: ['c'] }
      const usual = { id: 'custom:acme', kind: 'oidc' as const, name: 'Acme', pkce: true, params: {}, keptClaims: [] }
      const endpoints = { issuer: 'https://id.example', userinfo: 'https://id.example/me' }
      const provider = customProvider({ ...usual, endpoints, settings, mapping: {}, ...more })
      return homeOf({ provider, settings }).home
    }
    expect(own({})).toBe('https://id.example')
    expect(own({ mapping: { sub: 'sub', name: 'nick' } })).toBe('https://id.example')
    expect(own({ mapping: { sub: 'oid' } })).toBe('https://id.example#oid')
    expect(own({ kind: 'oauth2' })).toBe('https://id.example/me')
    expect(own({ kind: 'oauth2', mapping: { sub: 'data.id' } })).toBe('https://id.example/me#data.id')
  })
})
