import { Refusal } from '../base/errors.ts'
import { scrubText } from '../logging/scrub.ts'

/** SQLSTATEs of a database that let nobody in: wrong password, no such role, no such database. */
const notLetIn = new Set(['28P01', '28000', '3D000'])

/** The sentence of an unexpected failure; where it came from is of use only to whoever looks for the fault. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'It failed for an unknown reason.'
  const { code = '', port, address, syscall } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  if (code === 'EADDRINUSE') return `Port ${port ?? ''} is taken by another program. Choose another one with --port.`
  if (syscall === 'listen' && code === 'EACCES')
    return `Port ${port ?? ''} may not be listened on by this user. Choose one above 1023 with --port.`
  if (code === 'EADDRNOTAVAIL')
    return `${address ?? 'That'} is no address of this machine. Choose another one with --host.`
  const said = scrubText(error.cause instanceof Error ? error.cause.message : error.message)
  if (error instanceof Refusal && error.code === 'unavailable')
    return `The database cannot be reached: ${said}. Is it running, and is its address (--database-url) right?`
  if (notLetIn.has(code)) return `The database lets nobody in: ${said}. Is its address (--database-url) right?`
  return `It failed: ${scrubText(error.message)}${error.cause instanceof Error ? ` ${said}` : ''}`
}
