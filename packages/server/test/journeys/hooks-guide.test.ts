import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import type { ConfigInput } from '#src/config/schema.ts'
import { createWatchword } from '#src/index.ts'
import { sql } from '#src/storage/sql.ts'
import { atExit } from '../set-up/at-exit.ts'
import { freePort } from '../set-up/free-port.ts'
import { temporaryFolders } from '../world/folders.ts'
import { startWorld, type World } from '../world/world.ts'

const guide = await readFile(new URL('../../../../docs/guides/hooks.md', import.meta.url), 'utf8')

/** The example of a name, as the page shows it. */
function example(name: string): string {
  const found = new RegExp(`\`\`\`\\w+ ${name}\\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1]
  if (found === undefined) throw new Error(`the guide has no example ${name}`)
  return found
}

const aFolder = temporaryFolders()
const appOf = ({ url, publishableKey }: Pick<World, 'url' | 'publishableKey'>) =>
  createClient(url, publishableKey, {
    realtime: { transport: WebSocket as never },
    auth: { autoRefreshToken: false, persistSession: false, detectSessionInUrl: false },
  })
const password = 'correct horse battery 9'
const atOnce = { signUp: { emailConfirmation: false } } as const
const claimsOf = (session: { access_token: string } | null) => decodeJwt(session?.access_token ?? '')

describe('the guide to hooks', () => {
  // A database of its own is made without the snapshot that releases carry.
  it('its configuration file does what it says, here and in an application', { timeout: 120_000 }, async () => {
    const folder = await aFolder()
    const file = join(folder, 'watchword.config.mjs')
    await writeFile(file, example('config'))
    const { default: config } = (await import(pathToFileURL(file).href)) as { default: ConfigInput }
    const world = await startWorld({ config: { ...config, ...atOnce } })
    const client = appOf(world)
    const other = await client.auth.signUp({ email: 'jo@elsewhere.test', password })
    expect(other.error).toMatchObject({ status: 403, message: 'Please sign up with your address at work.' })
    const { data } = await client.auth.signUp({ email: 'jo@example.com', password })
    expect(claimsOf(data.session)).toMatchObject({ plan: 'gold' })
    await world.close()
    const embedded = await createWatchword({ ...config, ...atOnce, dataDir: folder, log: { level: 'error' } })
    const request = new Request('http://localhost:8787/auth/v1/signup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'jo@elsewhere.test', password }),
    })
    expect((await embedded.fetch(request)).status).toBe(403)
    await embedded.close()
  })

  it.each(['embedded', 'postgres'] as const)(
    'its functions of the database do what it says, on %s',
    async (database) => {
      const world = await startWorld({
        database,
        config: {
          ...atOnce,
          hooks: {
            customAccessToken: { uri: 'pg-functions://postgres/app/claims_of' },
            beforeUserCreated: { uri: 'pg-functions://postgres/app/members_only' },
          },
        },
      })
      await world.database.script(example('database'))
      const client = appOf(world)
      const other = await client.auth.signUp({ email: 'jo@elsewhere.test', password })
      expect(other.error).toMatchObject({ status: 403, message: 'Only for members.' })
      const { data } = await client.auth.signUp({ email: 'jo@example.com', password })
      expect(claimsOf(data.session)).toMatchObject({ plan: 'free' })
      await world.database.query(sql`insert into app.plans values (${data.user?.id}, 'gold')`)
      expect(claimsOf((await client.auth.refreshSession()).data.session)).toMatchObject({ plan: 'gold' })
      await world.close()
    },
  )

  it('its receiver takes what we sign, and nothing else', async () => {
    const port = await freePort()
    const secret = `v1,whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const receiver = spawn(process.execPath, ['--input-type=module', '-e', example('receiver')], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { PATH: process.env['PATH'], HOOK_SECRET: secret, PORT: String(port) },
    })
    receiver.once(
      'exit',
      atExit(() => void receiver.kill('SIGKILL')),
    )
    onTestFinished(() => void receiver.kill())
    const said: string[] = []
    receiver.stdout.on('data', (text: Buffer) => said.push(text.toString()))
    const uri = `http://127.0.0.1:${port}/`
    await expect
      .poll(() =>
        fetch(uri).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(401)
    const world = await startWorld({
      config: { outbound: { allow: ['127.0.0.1'] }, hooks: { sendEmail: { uri, secrets: secret } } },
    })
    await appOf(world).auth.signUp({ email: 'jo@example.com', password })
    await expect.poll(() => said.join('')).toMatch(/mail to jo@example.com: signup, code \d{6}/)
    await world.close()
  })
})
