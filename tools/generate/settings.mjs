// The reference page of all settings, from the schema that reads them.
export const path = 'docs/reference/settings.md'

const cell = (text) => text.replaceAll('|', '\\|')

/** Defaults as they would be typed into a variable. */
function typed(value) {
  if (Array.isArray(value)) return value.length === 0 ? '(empty)' : value.map(typed).join(',')
  if (typeof value !== 'object' || value === null) return String(value)
  return 'limit' in value ? `${value.limit}/${value.seconds}s` : JSON.stringify(value)
}

function fallbackOf({ fallback, otherwise }) {
  if (otherwise !== undefined) return cell(otherwise)
  if (fallback === undefined) return 'none'
  return `\`${cell(typed(fallback))}\``
}

function rowOf(entry) {
  const names = entry.variables.map((name) => `\`${name}\``).join(', ')
  const flag = entry.flag === undefined ? '' : `, \`--${entry.flag}\``
  const mark = entry.secret ? ' **Secret.**' : ''
  return `| \`${entry.path}\` | ${names}${flag} | ${fallbackOf(entry)} | ${cell(entry.about)}${mark} |`
}

function section(title, entries) {
  const head = ['| setting | variable, flag | default | what it does |', '| --- | --- | --- | --- |']
  return [`## ${title}`, '', ...head, ...entries.map(rowOf), '']
}

const intro = `# Settings

Made from the code by \`npm run generate\`; do not edit.

A setting is looked for on the command line, then in the environment, then in \`watchword.config.{ts,js,mjs,json}\` beside the
process (or the file named by \`--config\` or \`WATCHWORD_CONFIG\`), then it has its default. \`.ts\` needs a Node that reads
TypeScript (22.18 or later). A name that is not in this list stops the start, and all mistakes are told at once. Every
\`WATCHWORD_\` variable may also be given as \`<NAME>_FILE\`, the path of a file that holds the value. An empty variable counts as absent;
an empty secret is refused. Variables that begin with \`WATCHWORD_TEST_\` are left alone.

Durations are whole seconds or text such as \`10m\`, \`24h\`, \`7d\`; sizes are bytes or \`64KiB\`, \`1MiB\`; rates are
\`30/5m\`; lists are separated by commas. \`npx watchword config print --all\` shows what is in force, secrets masked, and
\`config check\` whether a server would start.

Production is chosen by \`--production\`, \`WATCHWORD_ENV=production\` or, where \`WATCHWORD_ENV\` is absent,
\`NODE_ENV=production\`. It refuses missing keys, \`http\` origins, redirect patterns that match any site, the inbox, trust in
every proxy, and switched-off limits. Weak and sample secrets are refused everywhere.
`

/** Providers have the same settings each: they stand here once, and then what one of them alone needs. */
function providerEntries(entries) {
  const [, first] = entries.find(({ path }) => path.startsWith('providers.'))?.path.split('.') ?? []
  const known = new Set()
  return entries.flatMap((entry) => {
    const [group, id, name] = entry.path.split('.')
    if (group !== 'providers') return [entry]
    if (known.has(name)) return []
    const isShared = entries.filter(({ path }) => path.startsWith('providers.') && path.endsWith(`.${name}`)).length > 1
    known.add(name)
    if (!isShared || id !== first) return [entry]
    const variables = entry.variables.map((variable) => variable.replace(`_${id.toUpperCase()}_`, '_<PROVIDER>_'))
    const about = name === 'enabled' ? 'Let people sign in with it.' : entry.about
    return [{ ...entry, path: `providers.<provider>.${name}`, variables, about }]
  })
}

/** The page as Markdown. */
export async function render() {
  const { catalog } = await import('../../packages/server/dist/config/catalog.js')
  const entries = providerEntries(catalog())
  const groups = [...new Set(entries.map((entry) => (entry.path.includes('.') ? entry.path.split('.')[0] : '')))]
  const titled = groups.map((group) => [
    group === '' ? 'general' : group,
    entries.filter((entry) => (group === '' ? !entry.path.includes('.') : entry.path.startsWith(`${group}.`))),
  ])
  return `${[intro, ...titled.flatMap(([title, list]) => section(title, list))].join('\n').trimEnd()}\n`
}
