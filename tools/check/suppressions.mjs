import { finding, isScript } from './source.mjs'

export const capFile = 'tools/check/suppressions.json'

// Letters stand in brackets so that this file does not find itself.
const mark = /(@ts-(?:[i]gnore|[e]xpect-error|[n]ocheck)|biome-[i]gnore(?:-all|-start)?)([^\n]*)/g
const reason = /(:|--|—)\s*\S+\s+\S+/

/**
 * Each silenced rule gives its reason in its own line, and their number stays under a committed cap that only falls.
 * @param caps the committed cap and the lowest it ever was: `{ most, lowest }`.
 */
export function checkSuppressions(files, caps) {
  const found = []
  let count = 0
  let last
  for (const file of files.filter(({ path }) => isScript(path) && !/^tools\/check\/.*\.test\.mjs$/.test(path))) {
    for (const hit of file.text.matchAll(mark)) {
      count += 1
      last = { file, offset: hit.index }
      if (!reason.test(hit[2])) {
        found.push(finding(file, hit.index, `${hit[1]} without a reason; write it after a colon in the same line`))
      }
    }
  }
  if (count > caps.most) {
    const message = `${count} silenced rules, ${caps.most} are allowed; mend the code instead of silencing the rule`
    found.push(finding(last.file, last.offset, message))
  }
  if (caps.most > caps.lowest) {
    found.push({ file: capFile, line: 1, message: `the cap was ${caps.lowest} before and may only fall; put it back` })
  }
  return found
}
