// The guide for those who come from elsewhere: one table for each client, of every method it has.
import { altan } from '../methods/altan.mjs'
import { altogic } from '../methods/altogic.mjs'
import { nhost } from '../methods/nhost.mjs'
import { supabase } from '../methods/supabase.mjs'

export const path = 'docs/guides/coming-from.md'

const intro = `# Coming from Supabase, Nhost, Altogic or Altan

Made by \`npm run generate\`; do not edit.

An app keeps its client and gets another URL, and people keep their accounts and passwords.

## The accounts

One JSON object a line. Out of the database of Supabase:

\`\`\`sh
psql "$OLD_DATABASE" -At > people.ndjson -c "select json_build_object(
  'id', id, 'email', nullif(email, ''), 'phone', '+' || nullif(phone, ''), 'passwordHash', nullif(encrypted_password, ''),
  'emailConfirmed', email_confirmed_at is not null, 'phoneConfirmed', phone_confirmed_at is not null,
  'metadata', coalesce(raw_user_meta_data, '{}'), 'appMetadata', coalesce(raw_app_meta_data, '{}'))
  from auth.users where deleted_at is null and not is_anonymous and not is_sso_user"
\`\`\`

Out of that of Nhost:

\`\`\`sh
psql "$OLD_DATABASE" -At > people.ndjson -c "select json_build_object(
  'id', id, 'email', email, 'phone', phone_number, 'passwordHash', password_hash,
  'emailConfirmed', email_verified, 'phoneConfirmed', phone_number_verified, 'displayName', display_name,
  'avatarUrl', nullif(avatar_url, ''), 'locale', locale, 'metadata', coalesce(metadata, '{}'))
  from auth.users where not is_anonymous"
\`\`\`

Then:

\`\`\`sh
npx watchword users import people.ndjson --dry-run   # says what is wrong with which line
npx watchword users import people.ndjson             # may be repeated: whom it knows it skips
\`\`\`

Hashes are taken as they are (bcrypt, argon2, scrypt, Firebase scrypt, PBKDF2), and each is replaced at its owner's next sign-in; the fields:
\`npx watchword users import --help\`. An account elsewhere finds its person again by a verified address; second factors and passkeys are set up anew. With the
signing secret or keys of the old server in \`WATCHWORD_JWT_SECRET\` or \`WATCHWORD_JWT_KEYS\`, access tokens that are out stay good.

## The methods

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
