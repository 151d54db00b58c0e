import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { servePage } from '../world/served.ts'

/** A page on an origin of its own that holds the official client and nothing else of interest. */
export interface App {
  readonly url: string
  close(): Promise<void>
}

const packageFolder = dirname(createRequire(import.meta.url).resolve('@supabase/supabase-js/package.json'))

const page = (server: string, key: string, flowType: 'implicit' | 'pkce') => `<!doctype html>
<meta charset="utf-8"><title>App</title><p id="who">…</p><p id="event"></p>
<script src="/app.js"></script>
<script>
  const client = supabase.createClient(${JSON.stringify(server)}, ${JSON.stringify(key)}, { auth: { flowType: '${flowType}' } })
  window.client = client
  const show = async (event) => {
    const { data } = await client.auth.getSession()
    document.getElementById('who').textContent = data.session ? data.session.user.email : 'nobody'
    if (event) document.getElementById('event').textContent += event + ' '
  }
  client.auth.onAuthStateChange((event) => setTimeout(() => show(event), 0))
</script>`

/** Serves the app on a free port. The server it speaks to may be chosen after its own address is known. */
export async function startApp(
  port: number,
  speaksTo: { readonly url: string; readonly key: string; readonly flowType: 'implicit' | 'pkce' },
): Promise<App> {
  const script = await readFile(join(packageFolder, 'dist/umd/supabase.js'))
  const { close } = await servePage(page(speaksTo.url, speaksTo.key, speaksTo.flowType), script, port)
  return { url: `http://127.0.0.1:${port}`, close }
}
