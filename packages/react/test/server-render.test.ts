import { describe, expect, it } from 'vitest'
import { loadBundled, versions } from './bundle.ts'

interface OnAServer {
  render(kind: 'client' | 'url' | 'supabase', defaultTab?: string): string
  renderOutside(): string
}

describe.each(versions)('React %s on a server', (version) => {
  const page = loadBundled<OnAServer>('on-a-server.tsx', version)

  it.each(['client', 'url', 'supabase'] as const)('renders as loading, with nobody in, given a %s', async (kind) => {
    const html = (await page).render(kind)
    expect(html).toContain('{&quot;session&quot;:null,&quot;loading&quot;:true,&quot;status&quot;:&quot;loading&quot;}')
  })

  it('renders each form with a label for every field', async () => {
    const signIn = (await page).render('url')
    for (const id of ['email', 'password']) expect(signIn).toMatch(new RegExp(`for="${id}".*id="${id}"`, 's'))
    const signUp = (await page).render('url', 'signup')
    for (const id of ['name', 'surname', 'signup-email', 'signup-password'])
      expect(signUp).toMatch(new RegExp(`for="${id}".*id="${id}"`, 's'))
  })

  it('says what is missing where there is no provider', async () => {
    const { renderOutside } = await page
    expect(renderOutside).toThrow('useAuth must be used within an AuthProvider')
  })
})
