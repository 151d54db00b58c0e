import cluster from 'node:cluster'
import type { Command } from './command.ts'
import { configOf } from './config-flags.ts'
import { serve } from './serve.ts'
import { serveWithWorkers } from './workers.ts'

/** Runs the server until it is asked to stop. */
export const startCommand: Command = {
  words: ['start'],
  summary: 'Start the server (also without any command).',
  flags: {},
  configurable: 'all',
  notes: [
    'Settings come from flags, then WATCHWORD_* variables, then the configuration file, then the defaults.',
    'Secrets come from variables (WATCHWORD_SECRET_KEY, …) or files (WATCHWORD_SECRET_KEY_FILE, …), not from flags.',
  ],
  async run(call) {
    const config = await configOf(call)
    if (config.deployment.workers > 1 && cluster.isPrimary) return serveWithWorkers(config, call.terminal)
    return serve(config, call.terminal, { announce: cluster.isPrimary })
  },
}
