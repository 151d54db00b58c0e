import { Refusal } from '../base/errors.ts'
import { OperatorError } from '../base/operator-error.ts'
import { scrubText } from '../logging/scrub.ts'

/** SQLSTATEs of a database that let nobody in: wrong password, no such role. */
const notLetIn = new Set(['28P01', '28000'])

/** What Node's TLS says of a certificate that it does not believe. */
const untrusted = /^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/

/** The sentence of an unexpected failure; where it came from is of use only to whoever looks for the fault. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'It failed for an unknown reason.'
  if (error instanceof OperatorError) return scrubText(error.message)
  const { code = '', port, address, syscall } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  if (code === 'EADDRINUSE') return `Port ${port ?? ''} is taken by another program. Choose another one with --port.`
  if (syscall === 'listen' && code === 'EACCES')
    return `Port ${port ?? ''} may not be listened on by this user. Choose one above 1023 with --port.`
  if (code === 'EADDRNOTAVAIL')
    return `${address ?? 'That'} is no address of this machine. Choose another one with --host.`
  const said = scrubText(error.cause instanceof Error ? error.cause.message : error.message)
  if (error instanceof Refusal && error.code === 'unavailable')
    return `The database cannot be reached: ${said}. Is it running, and is its address (--database-url) right?`
  return (
    databaseFailure(code, said) ??
    `It failed: ${scrubText(error.message)}${error.cause instanceof Error ? ` ${said}` : ''}`
  )
}

/** What the way to the database is about, by its driver's words; undefined for anything else. */
function databaseFailure(code: string, said: string): string | undefined {
  if (code === '3D000') return `There is no such database: ${said}. Create it, or mend the address (--database-url).`
  if (said.includes('does not support SSL'))
    return 'The database does not speak TLS, and its address asks for it. Switch TLS on there, or take sslmode out of the address (--database-url).'
  if (untrusted.test(code))
    return `The certificate of the database is not trusted: ${said}. Name its authority in the address with sslrootcert=<file>.`
  if (notLetIn.has(code))
    return `The database lets nobody in: ${said}. Are name and password in its address (--database-url) right?`
  return undefined
}
