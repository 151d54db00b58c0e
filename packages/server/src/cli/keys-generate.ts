import { randomBytes } from 'node:crypto'
import { makeKeys } from '../config/local-keys.ts'
import type { Command } from './command.ts'

/** Prints fresh keys for a production server; nothing is stored. */
export const keysGenerate: Command = {
  words: ['keys', 'generate'],
  summary: 'Print fresh keys for a production server, as variables. Nothing is stored.',
  flags: { json: { type: 'boolean', about: 'Answer as JSON.' } },
  async run({ flags, terminal }) {
    const { publishableKey, secretKey, encryptionKey } = makeKeys(randomBytes)
    const variables = {
      WATCHWORD_PUBLISHABLE_KEY: publishableKey,
      WATCHWORD_SECRET_KEY: secretKey,
      WATCHWORD_ENCRYPTION_KEY: encryptionKey,
    }
    if (flags['json'] === true) terminal.out(JSON.stringify(variables))
    else for (const [name, value] of Object.entries(variables)) terminal.out(`${name}=${value}`)
    return 0
  },
}
