import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '#src/storage/migrate.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { sql } from '#src/storage/sql.ts'
import { atExit } from '../set-up/at-exit.ts'
import { temporaryFolders } from '../world/folders.ts'
import { snapshot } from '../world/snapshot.ts'

const built = (name: string) => new URL(`../../dist/storage/${name}.js`, import.meta.url).href
/** Opens a folder in a process of its own, says `ready`, then acknowledges each row it has written until it is killed. */
const program = `
  import { openEmbedded } from '${built('pglite')}'
  import { migrate } from '${built('migrate')}'
  const [folder, write] = process.argv.slice(-2)
  try {
    const database = await openEmbedded({ folder, schema: 'auth', snapshot: new URL('${snapshot.href}') })
    await migrate(database)
    process.stdout.write('ready\\n')
    if (write === 'write') {
      await database.script('create table if not exists written (n int primary key)')
      for (let n = 0; ; n += 1) {
        await database.query({ text: 'insert into written values ($1)', values: [n], name: 'insert' })
        process.stdout.write('row ' + n + '\\n')
      }
    }
    setInterval(() => {}, 1000)
  } catch (error) {
    process.stdout.write('failed: ' + error.message + '\\n')
  }`

const aFolder = temporaryFolders()
const open = (folder: string) => openEmbedded({ folder, schema: 'auth', snapshot })

describe('a folder of the embedded store', () => {
  const world = { root: '', next: 0 }
  const started: { kill(): Promise<void> }[] = []
  const folder = () => {
    world.next += 1
    return join(world.root, `data ${world.next} é'"$(x)`, 'deep')
  }
  beforeAll(async () => {
    world.root = await aFolder()
  })
  afterAll(async () => {
    for (const { kill } of started) await kill()
  })
  const start = (place: string, write: 'write' | 'wait' = 'wait') => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', place, write], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.once(
      'exit',
      atExit(() => void child.kill('SIGKILL')),
    )
    const said = { text: '' }
    child.stdout?.on('data', (chunk: Buffer) => {
      said.text += chunk.toString()
    })
    const until = async (word: string) => {
      while (!said.text.includes(word)) {
        if (child.exitCode !== null) throw new Error(`it ended: ${said.text}`)
        await pause(5)
      }
    }
    const kill = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    started.push({ kill })
    return { said, until, kill, child }
  }

  it('says what to do about a folder that cannot be made', async () => {
    const place = join(world.root, 'a file')
    await writeFile(place, '')
    await expect(open(join(place, 'database'))).rejects.toThrow(
      /cannot be written to \(ENOTDIR\). Give this user the right, or choose another folder with --data-dir\./,
    )
  })

  it('says what to do about a database that does not open', async () => {
    const place = join(world.root, 'damaged')
    await mkdir(place)
    await writeFile(join(place, 'PG_VERSION'), 'x')
    await expect(open(place)).rejects.toThrow(/cannot be opened \(.*where it is damaged, restore a backup\./s)
  })

  it('is one process’s alone: a second is refused with a sentence that says what to do', async () => {
    const place = folder()
    const sentence = `Another Watchword is running on the data folder ${place}. Stop it, or choose another folder with --data-dir.`
    const mine = await open(place)
    await expect(open(place)).rejects.toThrow(sentence)
    const second = start(place)
    await second.until('failed')
    expect(second.said.text).toContain(sentence)
    await second.kill()
    await migrate(mine)
    await mine.close()
    const third = start(place)
    await third.until('ready')
    await expect(open(place)).rejects.toThrow(sentence)
    await third.kill()
    await (await open(place)).close()
  })

  it('is free at once after its process was killed, and holds every row that was acknowledged', async () => {
    const place = folder()
    for (const round of [1, 2, 3]) {
      const first = start(place, 'write')
      await first.until(`row ${round * 5}`)
      await pause(round * 17)
      await first.kill()
      const acknowledged = Number(/row (\d+)\n(?!.*row)/s.exec(first.said.text)?.[1])
      const database = await open(place)
      const [row] = await database.query<{ count: number; top: number }>(
        sql`select count(*)::int as count, max(n)::int as top from written`,
      )
      expect(row?.top).toBeGreaterThanOrEqual(acknowledged)
      expect(row?.count).toBe((row?.top ?? 0) + 1)
      await database.script('truncate written')
      await database.close()
    }
  })

  it('starts although the first start was killed half-way', { timeout: 120_000 }, async () => {
    const files = (place: string) => {
      try {
        return readdirSync(place, { recursive: true }).length
      } catch {
        return 0
      }
    }
    for (const half of [1, 30, 400, 900]) {
      const place = folder()
      const first = start(place)
      while (files(place) < half && first.child.exitCode === null) await pause(1)
      await first.kill()
      const database = await open(place)
      expect(await migrate(database)).toEqual([])
      expect(await database.query(sql`select count(*)::int as count from auth.users`)).toEqual([{ count: 0 }])
      await database.close()
    }
  })

  it('keeps what is in it over an orderly end, and starts from the snapshot only while it is new', async () => {
    const place = folder()
    const first = await open(place)
    await first.script('create table kept as select 7 as n')
    await first.close()
    const second = await open(place)
    expect(await second.query(sql`select n from kept`)).toEqual([{ n: 7 }])
    await second.close()
  })
})
