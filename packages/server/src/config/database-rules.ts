import { type Finding, mistake, warning, when } from './finding.ts'
import { isLoopback } from './redirect-rules.ts'

const noVerify = new Set(['no-verify', 'allow'])

/**
 * What speaks against the way to a database in production (S132): a certificate that nobody looks at is none, and without
 * TLS whoever is on the way reads and writes along. A machine's own socket needs neither.
 */
export function databaseFindings(url: string | undefined): readonly Finding[] {
  if (url === undefined || !URL.canParse(url)) return []
  const { hostname, searchParams } = new URL(url)
  const modes = [searchParams.get('sslmode') ?? '', searchParams.get('ssl') ?? '']
  const isLax = modes.some((mode) => noVerify.has(mode)) || searchParams.get('uselibpqcompat') === 'true'
  const isPlain = modes.every((mode) => ['', 'disable', 'false', '0'].includes(mode))
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  const isHere = host === '' || host.startsWith('/') || isLoopback(host)
  return [
    ...when(
      isLax,
      mistake(
        'database.url',
        'must not skip the check of the database’s certificate in production: use sslmode=verify-full, with sslrootcert=<file> where its authority is your own.',
      ),
    ),
    ...when(
      isPlain && !isHere && !isLax,
      warning('database.url', 'has no sslmode=verify-full: whoever is on the way to the database can read along.'),
    ),
  ]
}
