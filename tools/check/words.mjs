import { finding } from './source.mjs'

// Letters stand in brackets so that this file does not find itself.
const everywhere = [
  [/(?<![\w.$}/-])\/([w]ork|[r]oot)(?=\/|\b)(?!-)/, 'a path of one machine; use a path from the repository root'],
  [/\b[T]ODO\b|\b[F]IXME\b/, 'unfinished work; finish it, or describe the limit as it is'],
  [/\b[n]ot implemented\b/i, 'unfinished work; finish it, or say what is offered instead'],
  [/\b[i]ssue #\d+/i, 'a number that means nothing to the reader; say the reason itself'],
  [/\b[s]ession (no\.? ?|number |#)\d+/i, 'a record of how the work was done; say the reason itself'],
  [/\b[C]laude\b|\b[A]I[- ]generated\b/i, 'a word about who wrote it; the project speaks of itself alone'],
  [
    /\b([A]I|coding|LLM) agents?\b|\b(written|made|built|reviewed) by (an |the )?[a]gents?\b/i,
    'a word about who wrote it; the project speaks of itself alone',
  ],
]
const inShippedWords = [
  [
    /(?<![\w.$}/-])\/([h]ome|[t]mp|[U]sers)\//,
    'a path of one machine; use a path from the repository root, or os.tmpdir()',
  ],
]
const shippedWords = /^(packages\/[^/]+\/(src|bin)\/|docs\/|examples\/|[A-Z]+\.md$|packages\/[^/]+\/[A-Z]+\.md$)/
const readable = /\.(ts|tsx|mjs|js|md|json|sql|html|css|svg|txt|ya?ml|sh)$|(^|\/)(Dockerfile|run|LICENSE)$/

/** The wording of code and pages: no machine paths, no unfinished marks, no talk of how they came about. */
export function checkWords(files) {
  const found = []
  for (const file of files) {
    if (!readable.test(file.path) || file.path.endsWith('package-lock.json')) continue
    const rules = shippedWords.test(file.path) ? [...everywhere, ...inShippedWords] : everywhere
    for (const [pattern, why] of rules) {
      for (const hit of file.text.matchAll(new RegExp(pattern, `g${pattern.flags}`))) {
        found.push(finding(file, hit.index, `"${hit[0]}" is ${why}`))
      }
    }
  }
  return found
}
