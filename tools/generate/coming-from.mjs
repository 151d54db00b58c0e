// The guide for those who come from elsewhere: one table for each client, of every method it has.
import { altan } from '../methods/altan.mjs'
import { altogic } from '../methods/altogic.mjs'
import { nhost } from '../methods/nhost.mjs'
import { supabase } from '../methods/supabase.mjs'

export const path = 'docs/guides/coming-from.md'

const intro = `# Coming from Supabase, Nhost, Altogic or Altan

Made by \`npm run generate\`; do not edit.

An app keeps its client and gets another URL. People keep their accounts: \`npx watchword users import people.ndjson\` takes their
password hashes as they are (bcrypt, argon2, scrypt, Firebase scrypt, PBKDF2), and each is replaced at its owner's next sign-in. With the
signing secret or keys of the old server in \`WATCHWORD_JWT_SECRET\` or \`WATCHWORD_JWT_KEYS\`, access tokens that are out stay good.

The tables below name every method of each client, what it calls here, and what our own SDK has in its place for the day you want it:
\`auth\` is \`createClient(…)\` of \`@watchword/client\`, \`passkeys\`, \`account\`, \`popup\`, \`sso\`, \`wallets\`, \`accessKeys\` and \`admin\` are made by its entry points. All of them are driven by the tests with
the official package.
`

const cell = (text) => (text === '' ? '–' : `\`${text.replaceAll('|', '\\|')}\``)
const sdkCell = (text) => (text.includes('`') || text === 'always' ? text : cell(text))

function section({ title, clients, point, mount, rows, more }) {
  return [
    `## ${title}`,
    '',
    `${clients}, at \`${mount}\`: \`${point}\`. What differs: [the dialect's page](../../packages/server/src/dialects/${pageOf(title)}/README.md).${more ? ` ${more}` : ''}`,
    '',
    '| method | calls here | our SDK |',
    '| --- | --- | --- |',
    ...rows.map(
      ([method, call, sdk]) =>
        `| ${cell(method)} | ${call === null ? 'not spoken yet' : cell(call)} | ${sdkCell(sdk)} |`,
    ),
    '',
  ]
}

const pageOf = (title) => (title === 'Altan' ? 'supabase' : title.toLowerCase())

/** The page as Markdown. */
export function render() {
  return `${[intro, ...[supabase, nhost, altogic, altan].flatMap(section)].join('\n').trimEnd()}\n`
}
