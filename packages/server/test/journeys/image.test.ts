import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atExit } from '../set-up/at-exit.ts'
import { freePort } from '../set-up/free-port.ts'
import { type FreshDatabase, freshDatabase } from '../set-up/postgres.ts'
import { temporaryFolders } from '../world/folders.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../..', import.meta.url))
const password = 'slow brown walrus juggles 7 kettles'
const slow = { timeout: 90_000 }

/** What the image's last stage says of itself. */
interface Image {
  readonly env: Readonly<Record<string, string>>
  /** Where from, and where to. */
  readonly copies: readonly (readonly [string, string])[]
  readonly health: readonly string[]
  readonly command: readonly string[]
  /** How the folder of what runs is filled, in the stage before. */
  readonly fill: string
}

async function readImage(): Promise<Image> {
  const text = (await readFile(join(root, 'Dockerfile'), 'utf8')).replaceAll('\\\n', ' ')
  const stages = text.split(/^FROM /m)
  const last = stages.at(-1) ?? ''
  const all = (pattern: RegExp, from = last) => [...from.matchAll(pattern)].map(([, ...found]) => found.map(String))
  const [[health = '']] = all(/^HEALTHCHECK .*?CMD (\[.*\])$/gm) as [string[]]
  const [[command = '']] = all(/^CMD (\[.*\])$/gm) as [string[]]
  return {
    env: Object.fromEntries(all(/^ENV (.*)$/gm).flatMap(([line = '']) => line.split(' ').map((one) => one.split('=')))),
    copies: all(/^COPY --from=build (\S+) (\S+)$/gm).map(([from = '', to = '']) => [from, to]),
    health: JSON.parse(health),
    command: JSON.parse(command),
    fill: all(/^RUN (mkdir \/app .*)$/gm, stages.at(-2)).flat()[0] ?? '',
  }
}

/** Does what the last stage does, in a folder of its own. */
async function build({ copies, fill }: Image, folder: string): Promise<string> {
  const [filled, app] = [join(folder, 'filled'), join(folder, 'app')]
  // Names in the image are those of the build's own file system.
  await run('sh', ['-c', fill.replaceAll('/app', filled).replaceAll('/src', root.replace(/\/$/, ''))], { cwd: root })
  await mkdir(app)
  for (const [from, to] of copies) {
    const source = from === '/app' ? filled : from.replace(/^\/src/, root)
    await mkdir(dirname(join(app, to)), { recursive: true })
    await cp(source, join(app, to), { recursive: true, verbatimSymlinks: true })
  }
  return app
}

/** Settings of a production, as `keys generate` and the guide make them. */
const settings = {
  WATCHWORD_PUBLISHABLE_KEY: `wwp_${randomBytes(32).toString('base64url')}`,
  WATCHWORD_SECRET_KEY: `wws_${randomBytes(32).toString('base64url')}`,
  WATCHWORD_ENCRYPTION_KEY: `k1:${randomBytes(32).toString('base64')}`,
  WATCHWORD_PUBLIC_URL: 'https://auth.example.com',
  WATCHWORD_SITE_URL: 'https://app.example.com',
  WATCHWORD_REDIRECT_URLS: 'https://app.example.com/**',
  WATCHWORD_SMTP_URL: 'smtp://127.0.0.1:9',
  WATCHWORD_MAIL_FROM: 'Example <hello@example.com>',
}

const aFolder = temporaryFolders()
const held: { folder: string; app: string; image?: Image; database?: FreshDatabase } = { folder: '', app: '' }
beforeAll(async () => {
  held.folder = await aFolder()
  await chmod(held.folder, 0o755)
  held.image = await readImage()
  held.app = await build(held.image, held.folder)
  held.database = await freshDatabase()
}, 90_000)
afterAll(() => held.database?.drop())

/** Somebody without rights, where the tests have them. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** The image's command in the image's files, and nothing else of this machine. */
async function start() {
  const { image, database } = held
  if (image === undefined || database === undefined) throw new Error('the image is not built')
  const port = String(await freePort())
  const { PATH = '' } = process.env
  const env = { PATH, ...image.env, ...settings, WATCHWORD_PORT: port, WATCHWORD_DATABASE_URL: database.url }
  const [, ...command] = image.command
  const child = spawn(process.execPath, command, { cwd: held.app, env, ...nobody, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(String(chunk)))
  const ended = once(child, 'exit').finally(atExit(() => void child.kill('SIGKILL')))
  const isHealthy = () => {
    const check = image.health.slice(1).map((word) => word.replace(':8787/', `:${port}/`))
    return run(process.execPath, check).then(
      () => true,
      () => false,
    )
  }
  while (!(await isHealthy())) if (child.exitCode !== null) throw new Error(`the server ended:\n${output.join('')}`)
  return {
    async post(path: string, body: object, key = '') {
      const headers = { 'content-type': 'application/json', ...(key === '' ? {} : { authorization: `Bearer ${key}` }) }
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      return { code, output: output.join('') }
    },
  }
}

describe('the image', () => {
  it('holds the server and what it needs to run, and nothing to test or to build with', async () => {
    const { stdout } = await run('find', [held.app, '-maxdepth', '3', '-name', 'package.json'])
    const names = stdout.split('\n').map((path) => path.replace(`${held.app}/`, '').replace('/package.json', ''))
    expect(names).toContain('packages/server')
    expect(names).toContain('node_modules/pg')
    for (const name of ['vitest', 'typescript', 'react', 'express', 'altogic', 'playwright-core'])
      expect(names).not.toContain(`node_modules/${name}`)
  })

  it(
    'starts without rights, signs people up and in, keeps them over a restart, and stops when asked',
    slow,
    async () => {
      const person = { email: 'ada@example.test', password }
      const first = await start()
      const asked = await first.post('/v1/sign-up/password', { email: 'new@example.test', password })
      expect(asked).toMatchObject({ status: 200, body: { status: 'pending', attempt: { step: { type: 'code' } } } })
      const made = await first.post(
        '/v1/admin/users',
        { ...person, emailConfirmed: true },
        settings.WATCHWORD_SECRET_KEY,
      )
      expect(made.status).toBe(201)
      const entered = await first.post('/v1/sign-in/password', person)
      expect(entered).toMatchObject({ status: 200, body: { status: 'complete' } })
      const { refreshToken } = entered.body['tokens'] as { refreshToken: string }
      expect(await first.stop()).toMatchObject({ code: 0, output: expect.stringContaining('"stopped"') })

      const second = await start()
      expect(await second.post('/v1/sessions/refresh', { refreshToken })).toMatchObject({ status: 200 })
      expect(await second.post('/v1/sign-in/password', person)).toMatchObject({ status: 200 })
      expect(await second.stop()).toMatchObject({ code: 0 })
    },
  )
})
