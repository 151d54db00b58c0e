import { writeFileSync } from 'node:fs'

/** The last line of a test run: what a reader in a hurry, or a script, looks for. */
export function closingLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`
}

/** Counts what ran. A file that did not get as far as its tests, and an error outside of all tests, fail too. */
export function tally(modules, strayErrors) {
  const count = { passed: 0, failed: strayErrors.length, skipped: 0 }
  for (const module of modules) {
    let failedHere = 0
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') count.passed += 1
      else if (state === 'failed') failedHere += 1
      else count.skipped += 1
    }
    count.failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere
  }
  return count
}

/** What passed at a second try only: worth a look, though it fails nothing. */
export function unsteady(modules) {
  return modules.flatMap((module) =>
    [...module.children.allTests()]
      .filter((test) => test.diagnostic()?.flaky)
      .map((test) => `${module.relativeModuleId}: ${test.fullName}`),
  )
}

/** The counts as they are shown: a run that broke outside of its tests has failed once, whatever it counted. */
export function verdict(count, exitCode) {
  return exitCode !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count
}

/**
 * A vitest reporter that closes the run with `N passed, N failed`, alone on a line, and fails a run in which nothing ran.
 * Where WATCHWORD_TEST_TALLY names a file, the counts go there instead, and whoever named it prints the line.
 */
export class ClosingLine {
  onInit(vitest) {
    this.watching = vitest.config.watch
  }

  onTestRunEnd(modules, strayErrors) {
    const count = tally(modules, strayErrors)
    if (!this.watching && (count.failed > 0 || count.passed === 0)) process.exitCode = 1
    for (const name of unsteady(modules)) console.log(`passed at the second try only: ${name}`)
    const file = process.env.WATCHWORD_TEST_TALLY
    if (file) writeFileSync(file, JSON.stringify(count))
    else if (this.watching) console.log(closingLine(count))
    // Not before the end: tear-downs and other reporters still have things to say.
    else process.once('exit', (code) => console.log(closingLine(verdict(count, code))))
  }
}
