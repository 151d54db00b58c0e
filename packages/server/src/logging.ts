import { pino } from 'pino'
import type { Log } from './base/runtime.ts'
import { prettyLine } from './logging/pretty-line.ts'
import { scrub, scrubText } from './logging/scrub.ts'

/** How the log is written. */
export interface LogOptions {
  /** Least important lines that are written. Default `info`. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error'
  /** One JSON object per line (default), or a line for people. */
  readonly format?: 'json' | 'pretty'
  /** Colours, in the form for people. Default off. */
  readonly isColoured?: boolean
  /** Where lines go, line break included. Default standard output. */
  readonly write?: (line: string) => void
}

/**
 * The log of a process. Every field passes {@link scrub} first: what is secret by its name or its form is hidden,
 * addresses are masked, control characters are escaped, long texts are cut.
 */
export function createLog(options: LogOptions = {}): Log {
  const { level = 'info', format = 'json', isColoured = false, write } = options
  const target = write === undefined ? pino.destination(1) : { write }
  const pretty = { write: (line: string) => void target.write(prettyLine(line, { isColoured })) }
  const logger = pino(
    {
      level,
      messageKey: 'message',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json' ? target : pretty,
  )
  const line = (name: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    if (logger.isLevelEnabled(name)) logger[name](scrub(fields), scrubText(message))
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}
