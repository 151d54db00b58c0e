import { type Browser, chromium } from 'playwright-core'
import { findProgram } from './programs.ts'

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the machine's Chromium without a window. Close it in `afterAll`. @param more further flags. */
export function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = findProgram('chromium')
  if (!executablePath) throw new Error('There is no Chromium on this machine; the notice at the start says what to do.')
  // Chromium's sandbox does not work for root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath, headless: true, args: [...sandbox, ...flags, ...more] })
}
