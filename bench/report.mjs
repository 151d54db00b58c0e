import { targets } from './targets.mjs'

const number = (value, digits) => (value === undefined ? '–' : value.toFixed(digits))
const rate = (value) => (value === undefined ? '–' : value.toFixed(value < 100 ? 1 : 0))
const megabytes = (bytes) => (bytes === undefined ? '–' : `${(bytes / 1024 / 1024).toFixed(0)} MB`)

const columns = [
  ['scenario', ({ scenario }) => scenario],
  ['per second', ({ perSecond }) => rate(perSecond)],
  ['floor', ({ floor }) => rate(floor)],
  ['ratio', ({ ratio }) => number(ratio, 2)],
  ['p50 ms', ({ p50 }) => number(p50, 1)],
  ['p95 ms', ({ p95 }) => number(p95, 1)],
  ['p99 ms', ({ p99 }) => number(p99, 1)],
  ['CPU ms/req', ({ cpu }) => number(cpu === undefined ? undefined : cpu * 1000, 3)],
  ['RSS', ({ rss }) => megabytes(rss)],
  ['note', ({ note }) => note ?? ''],
]

/** The results as a table of fixed width. */
export function table(results) {
  const rows = [columns.map(([title]) => title), ...results.map((result) => columns.map(([, show]) => show(result)))]
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at].length)))
  const line = (row) =>
    row.map((cell, at) => (at === 0 || at === row.length - 1 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n')
}

/** One line for each promise that the run looked at. */
export function verdicts(results) {
  return results.flatMap((result) => {
    const target = targets[result.scenario]
    return target === undefined ? [] : [{ scenario: result.scenario, about: target.about, met: target.met(result) }]
  })
}
