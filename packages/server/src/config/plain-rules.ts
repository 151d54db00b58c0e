import type { Complete } from './complete.ts'
import { type Finding, mistake, when } from './finding.ts'

/** Addresses that browsers are sent to, or links made with, without anything that hides what is sent along: never in production. */
export function plainFindings({ publicUrl, siteUrl, corsOrigins, dialects }: Complete): readonly Finding[] {
  const { supabase, altogic, nhost } = dialects
  const more = {
    'dialects.supabase.consentUrl': supabase.enabled ? supabase.consentUrl : undefined,
    'dialects.altogic.redirectUrl': altogic.enabled ? altogic.redirectUrl : undefined,
    'dialects.nhost.loginUrl': nhost.enabled ? nhost.loginUrl : undefined,
  }
  const isOwn = nhost.enabled && nhost.port !== undefined
  return [
    ...when(isPlain(publicUrl), mistake('publicUrl', 'must be set to an https origin in production.')),
    ...when(isPlain(siteUrl) && siteUrl !== publicUrl, mistake('siteUrl', 'must use https in production.')),
    ...when(corsOrigins.some(isPlain), mistake('corsOrigins', 'must use https in production.')),
    ...when(
      isOwn && (nhost.url === undefined || isPlain(nhost.url)),
      mistake('dialects.nhost.url', 'must be set to an https origin in production, where the port is.'),
    ),
    ...Object.entries(more).flatMap(([path, url]) =>
      when(isPlain(url), mistake(path, 'must use https in production.')),
    ),
  ]
}

/** Whether an address is of plain http. */
export const isPlain = (url: string | undefined): url is string => /^http:/i.test(url?.trim() ?? '')
