import type { ChangeEmail, ChangePhone, Identity, IdentityPage, SetPassword, UpdateMe, User } from './api/types.ts'
import type { Attempts } from './attempt/attempts.ts'
import { idPart } from './base/encoding.ts'
import type { PageInput } from './client.ts'
import type { Authorised } from './request/authorised.ts'
import type { Call } from './request/request.ts'
import type { SessionManager } from './session/session-manager.ts'

type Paged = PageInput & Call['query']

export interface GroupDeps {
  readonly authorised: Authorised
  readonly sessions: SessionManager
  readonly attempts: Attempts
  readonly withReturn: <T extends { redirectTo?: string | undefined }>(input: T) => Promise<object>
}

/** What somebody who is signed in can do about their account. */
export function createGroups({ authorised, sessions, attempts, withReturn }: GroupDeps) {
  /** An answer that is the account as it is now. */
  const changed = async (method: 'PATCH' | 'PUT' | 'DELETE', path: string, body?: object): Promise<User> => {
    const user = await authorised<User>({ method, path, body })
    await sessions.setUser(user)
    return user
  }
  const read = <T>(path: string, query?: Call['query']) => authorised<T>({ method: 'GET', path, query })

  return {
    me: {
      update: (input: UpdateMe) => changed('PATCH', '/me', input),
      setPassword: (input: SetPassword) => changed('PUT', '/me/password', input),
      removePassword: () => changed('DELETE', '/me/password'),
      changeEmail: async (input: ChangeEmail) => attempts.begin('/me/email', await withReturn(input), 'user'),
      changePhone: (input: ChangePhone) => attempts.begin('/me/phone', input, 'user'),
      removePhone: () => changed('DELETE', '/me/phone'),
      activity: (query?: Paged) => read('/me/activity', query),
      async delete() {
        await authorised({ method: 'DELETE', path: '/me' })
        await sessions.clear(null)
      },
    },
    sessions: {
      list: (query?: Paged) => read('/me/sessions', query),
      current: () => read('/me/sessions/current'),
      revoke: (id: string) => authorised({ method: 'DELETE', path: `/me/sessions/${idPart(id)}` }),
      revokeOthers: () => authorised({ method: 'POST', path: '/sign-out', body: { scope: 'others' } }),
    },
    identities: {
      list: async (): Promise<Identity[]> => (await read<IdentityPage>('/me/identities')).items,
    },
  }
}
