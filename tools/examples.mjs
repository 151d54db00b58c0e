// Docstrings of what our packages offer to apps: where they are missing, and the examples in them.
import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'

const entry = /^packages\/[^/]+\/src\/(?:[^/]+\/)?index\.tsx?$/

/** What an app or a framework brings along: told as a whole, and called by nobody but us. */
const brought = new Set([
  ...['SessionStorage', 'WebStorage', 'AsyncStorageLike', 'CookieJar', 'WindowTask', 'ClientOptions'],
  ...['ExpressResponse', 'HonoGuardContext', 'NodeResponse', 'HonoContext', 'NextCookieStore', 'SvelteEvent'],
  ...['Wallet', 'EthereumProvider', 'SolanaProvider', 'SupabaseLike'],
])

function parse({ path, text }) {
  const { program, comments } = parseSync(path, text)
  const docs = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
  return { path, text, program, docs }
}

/** The docstring right before a place in a file. */
function docBefore({ text, docs }, start) {
  return docs.find(({ end }) => end <= start && /^\s*$/.test(text.slice(end, start)))?.value
}

/** The names that entries hand on, by the file that declares them. */
function offered(files) {
  const names = new Map()
  const add = (path, name) => names.set(path, (names.get(path) ?? new Set()).add(name))
  for (const file of files.filter(({ path }) => entry.test(path)))
    for (const statement of file.program.body) {
      if (statement.type !== 'ExportNamedDeclaration') continue
      const declared = statement.declaration?.id?.name
      if (declared !== undefined) add(file.path, declared)
      if (!statement.source?.value.startsWith('.')) continue
      const target = posix.join(posix.dirname(file.path), statement.source.value)
      for (const { local } of statement.specifiers) add(target, local.name)
    }
  return names
}

const isDeed = ({ type, typeAnnotation }) =>
  type === 'TSMethodSignature' || typeAnnotation?.typeAnnotation?.type === 'TSFunctionType'

/** The methods of an interface and of the groups inside it, with their names. */
function deedsOf(members, owner) {
  return members.flatMap((member) => {
    const what = `${owner}.${member.key?.name}`
    const inside = member.typeAnnotation?.typeAnnotation
    if (inside?.type === 'TSTypeLiteral') return deedsOf(inside.members, what)
    return isDeed(member) ? [{ member, what }] : []
  })
}

/** What is wrong with one declaration, as sentences without the file's name. */
function faultsOf(file, { declaration, start }) {
  const name = declaration.id.name
  const about = docBefore(file, start)
  const faults = about === undefined ? [`${name} needs a docstring`] : []
  const isCalled = /^(FunctionDeclaration|TSDeclareFunction|ClassDeclaration)$/.test(declaration.type)
  if (isCalled && about !== undefined && !about.includes('@example')) faults.push(`${name} needs an example`)
  const isOurs = declaration.type === 'TSInterfaceDeclaration' && !brought.has(name)
  for (const { member, what } of isOurs ? deedsOf(declaration.body.body, name) : []) {
    const words = docBefore(file, member.start)
    if (words === undefined) faults.push(`${what} needs a docstring`)
    else if (member.type === 'TSMethodSignature' && !words.includes('@example')) faults.push(`${what} needs an example`)
  }
  return faults
}

/** What the entries of packages hand on without words, or without an example where it can be called. */
export function undocumented(sources) {
  const files = sources.map(parse)
  const names = offered(files)
  return files.flatMap((file) => {
    const wanted = names.get(file.path) ?? new Set()
    const seen = new Set()
    return file.program.body
      .filter(({ type, declaration }) => type === 'ExportNamedDeclaration' && wanted.has(declaration?.id?.name))
      .filter(({ declaration: { id } }) => !seen.has(id.name) && seen.add(id.name))
      .flatMap((statement) => faultsOf(file, statement))
      .map((fault) => `${file.path}: ${fault}`)
  })
}

/** What the members of an interface are called, and of the groups inside it, by where they begin. */
function membersOf(members, owner) {
  return members.flatMap((member) => {
    const name = member.type === 'TSCallSignatureDeclaration' ? `${owner}()` : `${owner}.${member.key?.name}`
    const inside = member.typeAnnotation?.typeAnnotation
    return [[member.start, name], ...(inside?.type === 'TSTypeLiteral' ? membersOf(inside.members, name) : [])]
  })
}

/** What the declarations of a file are called, by where they begin. */
function namesOf({ program }) {
  const declared = program.body.flatMap((statement) => {
    const { declaration = statement } = statement
    const name = declaration?.id?.name ?? declaration?.declarations?.[0]?.id.name
    const members = declaration?.type === 'TSInterfaceDeclaration' ? membersOf(declaration.body.body, name) : []
    return [[statement.start, name], ...members]
  })
  return new Map(declared)
}

/** The examples of a file, each as a module of its own. `of` is the name of what it shows. */
export function examplesIn(source) {
  const file = parse(source)
  const extension = posix.extname(source.path)
  const name = source.path.slice(0, -extension.length).replaceAll('/', '-')
  const names = namesOf(file)
  return file.docs
    .flatMap(({ value, end }) => {
      const of = names.get(end + /^\s*/.exec(source.text.slice(end))[0].length)
      const parts = value.split(/^\s*\* ?@/m).filter((part) => part.startsWith('example'))
      return parts.map((part) => ({ of, part }))
    })
    .map(({ of, part }, at) => ({
      of,
      name: `${name}-${at + 1}${extension}`,
      code: part
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/^\s*\* ?/, ''))
        .join('\n')
        .trim(),
    }))
}
