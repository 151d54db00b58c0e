import type { Core } from '../../core/core.ts'
import type { MessageValues } from '../../core/notifications/message-values.ts'
import type { TemplateName } from '../../core/notifications/templates/template-names.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'

/** Tells the owner of an account what happened to it. Queued in the transaction of the change; holds no secret. */
export async function notify(
  tx: Core,
  caller: Caller,
  input: {
    readonly user: User
    readonly template: TemplateName
    readonly to?: string | null
    readonly values?: MessageValues
  },
): Promise<void> {
  const to = input.to ?? (input.user.emailConfirmedAt === null ? null : input.user.email)
  if (to === null) return
  const { user } = input
  await tx.outbox.enqueue([
    {
      channel: 'email',
      to,
      template: input.template,
      locale: user.locale,
      userId: user.id,
      values: {
        ...siteValues(tx, caller),
        email: user.email ?? to,
        displayName: user.displayName,
        data: user.metadata,
        at: tx.runtime.now().toISOString(),
        ...(caller.ip === null ? {} : { ip: caller.ip }),
        ...input.values,
      },
    },
  ])
}

/** What every message may mention about where it comes from. */
export function siteValues(
  { settings }: Pick<Core, 'settings'>,
  { manners }: Pick<Caller, 'manners'>,
): Pick<MessageValues, 'appName' | 'siteUrl' | 'serverUrl'> {
  const { name, siteUrl, publicUrl } = settings
  return { appName: name, siteUrl, serverUrl: manners.serverUrl ?? publicUrl }
}
