// The reference page of accounts elsewhere, from the catalogue of providers.
export const path = 'docs/reference/providers.md'

const cell = (text) => text.replaceAll('|', '\\|')
const code = (words) => words.map((word) => `\`${word}\``).join(' ')

const intro = `# Providers

Made from the code by \`npm run generate\`; do not edit.

Accounts elsewhere that people may sign in with. One is switched on by its client id, \`providers.<id>.clientId\` and
\`.clientSecret\` (see [settings](settings.md), also for the names that other servers have for these); in development
\`providers.<id>.enabled\` is enough, and a page of this server stands in for it. What no line names is added by an administrator, as
\`custom:<name>\`.

The address to register there is that of the dialect an app speaks, in its usual place:

| dialect | callback |
| --- | --- |
| native | \`<publicUrl>/v1/callback/<id>\` |
| Supabase | \`<publicUrl>/auth/v1/callback\` |
| Nhost | \`<publicUrl>/nhost/v1/signin/provider/<name>/callback\` |
| Altogic | \`<publicUrl>/_auth/<id>/callback\` |

Nhost's clients call \`azure\` \`entraid\` or \`azuread\`, and \`linkedin_oidc\` \`linkedin\`; all other names are these.

**Addresses.** *verified*: where the provider says that an address is verified, it finds the account that has proved it, and counts as proved
on a new one. *unverified*: the provider does not say, or not reliably; the address of a new account has to be proved by mail and finds nobody's.
*none*: it has no addresses, so accounts have none.

**ID tokens.** Apps may hand in those that they got by themselves.
`

function speaks({ kind, endpoints }) {
  if (kind === 'oidc') return 'OpenID Connect'
  const settings = { clientIds: [], scopes: [], options: {} }
  return endpoints(settings).temporary === undefined ? 'OAuth 2.0' : 'OAuth 1.0a'
}

function needs({ needsUrl, options = {} }) {
  return code([...(needsUrl === true ? ['url'] : []), ...Object.keys(options)])
}

function asksFor(scopes, alone) {
  if (scopes.length === 0) return alone ? 'what the app is registered with' : ''
  return `${code(scopes)}${alone ? ' alone' : ''}`
}

function row(provider) {
  const { id, name, scopes, verifiesEmail, tellsNoEmail, idTokens, quirks } = provider
  const addresses = tellsNoEmail === true ? 'none' : verifiesEmail ? 'verified' : 'unverified'
  const cells = [
    code([id]),
    name,
    speaks(provider),
    asksFor(scopes, quirks?.callerScopes === 'ignore'),
    addresses,
    idTokens === undefined || idTokens.handed === false ? '' : 'yes',
    needs(provider),
  ]
  return `| ${cells.map(cell).join(' | ')} |`
}

/** The page as Markdown. */
export async function render() {
  const { catalogue } = await import('../../packages/server/dist/core/providers/catalogue.js')
  const head = [
    '| id | name | speaks | asks for | addresses | ID tokens | its own settings |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  return `${[intro, ...head, ...catalogue.map(row)].join('\n')}\n`
}
