import type { Terminal } from './cli/command.ts'
import { run } from './cli/run.ts'

/** The command line of this machine: runs what `argv` (without node and script) asks for, and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await run(argv, thisTerminal())
}

/** Whoever reads may leave early, as `head` does: what else is written is not wanted, and no reason to fail. */
function bearEarlyLeavers(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

function thisTerminal(): Terminal {
  bearEarlyLeavers([process.stdout, process.stderr])
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    readInput: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
      return Buffer.concat(chunks).toString('utf8')
    },
    env: process.env,
    cwd: process.cwd(),
    hasColours:
      process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
  }
}
