/** A browser without pages: follows redirects and keeps cookies, by host. */
export interface Traveller {
  /** One request, nothing followed. */
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** Follows redirects until they lead to a place that begins with `until`, or to a page. Answers where that is. */
  go(url: string, until: string): Promise<{ readonly url: URL; readonly response: Response | undefined }>
  /** Forgets every cookie. */
  forget(): void
}

/** A new browser, without any cookie. */
export function createTraveller(): Traveller {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (host: string) => {
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }
  const one = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const jar = jarOf(new URL(url).host)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = new Headers(init.headers)
    if (cookie !== '') headers.set('cookie', cookie)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...rest] = line.split(';')
      const at = pair.indexOf('=')
      const name = pair.slice(0, at)
      const isGone = rest.some((part) => /^\s*(max-age=0|expires=Thu, 01 Jan 1970)/i.test(part))
      if (isGone) jar.delete(name)
      else jar.set(name, pair.slice(at + 1))
    }
    return response
  }
  return {
    fetch: one,
    async go(url, until) {
      const step = { url }
      for (let steps = 0; steps < 20; steps += 1) {
        if (step.url.startsWith(until)) return { url: new URL(step.url), response: undefined }
        const response = await one(step.url)
        const location = response.headers.get('location')
        if (location === null) return { url: new URL(step.url), response }
        step.url = new URL(location, step.url).href
      }
      throw new Error(`no end in sight after ${step.url}`)
    },
    forget: () => jars.clear(),
  }
}
