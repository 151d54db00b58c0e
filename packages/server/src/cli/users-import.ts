import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Refusal } from '../base/errors.ts'
import { readJson } from '../config/kinds.ts'
import type { Core } from '../core/core.ts'
import { createUser } from '../flows/admin/create-user.ts'
import { tryUser } from '../flows/admin/try-user.ts'
import { type Command, CommandFailure, UsageError } from './command.ts'
import { toAdminCreate, userRecord } from './user-record.ts'
import { commandCaller, operator, sentenceFor, withCore } from './with-core.ts'

type Fate = 'imported' | 'known' | { readonly problem: string }

/** Makes a user of every line of a file. */
export const usersImport: Command = {
  words: ['users', 'import'],
  args: ['<file.ndjson>'],
  summary: 'Make users of a file with one JSON object a line. Known addresses are skipped, so it may be run again.',
  flags: {
    'dry-run': { type: 'boolean', about: 'Check every line and change nothing.' },
    json: { type: 'boolean', about: 'Answer as JSON.' },
  },
  configurable: 'places',
  notes: [
    'Fields: email, phone, password or passwordHash (argon2, bcrypt, scrypt, PBKDF2, Firebase), emailConfirmed,',
    'phoneConfirmed, displayName, avatarUrl, locale, metadata, appMetadata, roles, defaultRole, role, bannedUntil, id.',
    'Old hashes are replaced when their owner signs in next.',
  ],
  async run(call) {
    const [name] = call.args
    if (name === undefined) throw new UsageError('`watchword users import` needs a file.')
    const file = resolve(call.terminal.cwd, name)
    await access(file).catch(() => {
      throw new CommandFailure(`The file ${name} cannot be read.`)
    })
    const isDry = call.flags['dry-run'] === true
    return withCore(call, async (core) => {
      const count = { imported: 0, known: 0, failed: 0 }
      let number = 0
      for await (const line of createInterface({
        input: createReadStream(file, 'utf8'),
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        number++
        if (line.trim() === '') continue
        const fate = await importLine(core, line, isDry)
        if (typeof fate === 'string') count[fate]++
        else {
          count.failed++
          call.terminal.err(`Line ${number}: ${fate.problem}`)
        }
      }
      const sentence = `${count.imported} ${isDry ? 'could be imported' : 'imported'}, ${count.known} known already, ${count.failed} failed.`
      call.terminal.out(call.flags['json'] === true ? JSON.stringify(count) : sentence)
      return count.failed === 0 ? 0 : 1
    })
  },
}

/** Names what is wrong with a line, and never repeats its values. */
async function importLine(core: Core, line: string, isDry: boolean): Promise<Fate> {
  const value = readJson(line)
  if (value === undefined) return { problem: 'is not JSON.' }
  const parsed = userRecord.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    if (issue?.code === 'unrecognized_keys') return { problem: `there is no field ${issue.keys.join(', ')}.` }
    return { problem: `${issue?.path.join('.') || 'the line'} is not as expected.` }
  }
  try {
    const input = { ...toAdminCreate(parsed.data, 'import'), policy: 'skipped' as const }
    if (isDry && (await isKnown(core, input))) return 'known'
    await (isDry ? tryUser : createUser)(core, commandCaller, operator, input)
    return 'imported'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.code === 'user_already_exists' ? 'known' : { problem: sentenceFor(error) }
  }
}

async function isKnown(
  core: Core,
  { email, phone, id }: { email?: string | undefined; phone?: string | undefined; id?: string | undefined },
) {
  const found = await Promise.all([
    email === undefined ? undefined : core.users.findByAddress({ email }),
    phone === undefined ? undefined : core.users.findByAddress({ phone }),
    id === undefined ? undefined : core.users.find(id),
  ])
  return found.some((user) => user !== undefined)
}
