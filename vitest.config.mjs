import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { ClosingLine } from './tools/closing-line.mjs'
import { OwnFolders } from './tools/own-folders.mjs'

// Two at once keeps a 2-core machine busy; more than four would starve the tests that measure or race.
const maxWorkers = Math.min(4, Math.max(2, availableParallelism()))
const server = 'packages/server'
const setUp = [`${server}/test/set-up/global.ts`]

// Vitest's own second is too short for what has to happen on a busy machine; what never does is worth the wait.
const expect = { poll: { timeout: 15_000, interval: 20 } }

function project(name, options) {
  return { test: { name, pool: 'forks', maxWorkers, testTimeout: 90_000, hookTimeout: 120_000, expect, ...options } }
}

// A browser on a busy machine may lose one of a thousand clicks. What passes at the second try only is named at the end.
const driven = { retry: 1 }

/** A suite that crosses rooms. Its files get a process each, a real PostgreSQL and a browser to ask for. */
function suite(name, groupOrder, options = {}) {
  const include = [`${server}/test/${name}/**/*.test.ts`]
  const exclude = ['**/*.timing.test.ts']
  return project(name, { include, exclude, globalSetup: setUp, sequence: { groupOrder }, ...options })
}

/** The tests of a package that speaks to the server: beside its sources, and against a started server. */
function packageSuite(name, groupOrder) {
  const include = [`packages/${name}/src/**/*.test.{ts,tsx}`, `packages/${name}/test/**/*.test.{ts,tsx}`]
  return project(name, { ...driven, include, globalSetup: setUp, sequence: { groupOrder } })
}

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine(), new OwnFolders()],
    passWithNoTests: false,
    projects: [
      // Our modules do nothing on import and hold no state, so unit tests may share a process.
      project('unit', { include: [`${server}/src/**/*.test.ts`], isolate: false, sequence: { groupOrder: 0 } }),
      project('tools', { include: ['tools/**/*.test.mjs'], isolate: false, sequence: { groupOrder: 0 } }),
      suite('contract', 1),
      suite('conformance', 2),
      suite('attacks', 3),
      suite('journeys', 4, driven),
      packageSuite('client', 6),
      packageSuite('react', 7),
      // Journeys through whole apps, beside which others are built.
      project('examples', {
        ...driven,
        include: ['examples/*.test.mjs'],
        globalSetup: setUp,
        sequence: { groupOrder: 8 },
      }),
      // Whoever compares durations runs alone and last.
      suite('timing', 5, { include: [`${server}/test/**/*.timing.test.ts`], exclude: [], maxWorkers: 1 }),
    ],
  },
})
