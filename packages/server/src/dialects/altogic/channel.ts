import type { Gate } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'
import { refusal } from './refuse.ts'

export type Channel = 'email' | 'phone'

/** Whether addresses of a kind are a way in at all. */
export function isOpen({ core, options }: Altogic, channel: Channel): boolean {
  return channel === 'email' ? options.emails : core.settings.phone.enabled
}

/** Lets nobody through where addresses of a kind are no way in. */
export function opens(at: Altogic, channel: Channel): readonly Gate[] {
  if (isOpen(at, channel)) return []
  return [
    () => {
      throw refusal('not_allowed')
    },
  ]
}
