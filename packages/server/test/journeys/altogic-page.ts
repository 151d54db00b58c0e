import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { servePage } from '../world/served.ts'
import type { App } from './app.ts'

const packageFolder = dirname(createRequire(import.meta.url).resolve('altogic/package.json'))

const page = (server: string, key: string) => `<!doctype html>
<meta charset="utf-8"><title>App</title>
<p id="who">…</p><p id="problem"></p>
<form>
  <label>E-mail <input name="email" type="email"></label>
  <label>Password <input name="password" type="password"></label>
  <button value="signUpWithEmail">Sign up</button>
  <button value="signInWithEmail">Sign in</button>
  <button value="signOut">Sign out</button>
  <button value="signInWithProvider">Sign in with Google</button>
</form>
<script src="/app.js"></script>
<script>
  const { auth } = altogic.createClient(${JSON.stringify(server)}, ${JSON.stringify(key)})
  const show = async ({ errors } = {}) => {
    document.getElementById('problem').textContent = errors ? errors.items.map(({ code }) => code).join(' ') : ''
    const { user } = auth.getSession() === null ? {} : await auth.getUserFromDB()
    document.getElementById('who').textContent = user ? user.email : 'nobody'
  }
  document.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault()
    const { email, password } = event.target.elements
    const given = {
      signUpWithEmail: [email.value, password.value, 'Ada'],
      signInWithEmail: [email.value, password.value],
      signOut: [],
      signInWithProvider: ['google'],
    }
    const method = event.submitter.value
    await show(await auth[method](...given[method]))
  })
  const told = new URLSearchParams(location.search)
  const start = told.has('access_token') ? auth.getAuthGrant() : Promise.resolve(undefined)
  start.then(show)
</script>`

/** Serves an app on Altogic's client. Links lead to `/auth-redirect`, which is this page as well. */
export async function startAltogicPage(
  port: number,
  speaksTo: { readonly url: string; readonly key: string },
): Promise<App> {
  const script = await readFile(join(packageFolder, 'dist/umd/altogic.js'))
  const { close } = await servePage(page(speaksTo.url, speaksTo.key), script, port)
  return { url: `http://127.0.0.1:${port}`, close }
}
