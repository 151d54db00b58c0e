import { AuthError, type Client, type Outcome, type SignedIn, unwrap } from '@watchword/client'
import { createPopup } from '@watchword/client/popup'
import { type Session, toSession, toSessionUser } from '../session.ts'
import { announced } from './announced.ts'
import type { AuthService, SignedUp } from './auth-service.ts'

const eventNames: Readonly<Record<string, string>> = {
  initial: 'INITIAL_SESSION',
  signed_in: 'SIGNED_IN',
  signed_out: 'SIGNED_OUT',
  refreshed: 'TOKEN_REFRESHED',
  user_changed: 'USER_UPDATED',
  recovered: 'PASSWORD_RECOVERY',
  elevated: 'MFA_CHALLENGE_VERIFIED',
}

/** The seven deeds on our own client. @param auth makes it when it is first needed */
export function clientService(auth: () => Client): AuthService {
  return {
    signUp: (email, password, name = '', surname = '') => signUp(auth(), { email, password, name, surname }),
    async signIn(email, password) {
      const session = sessionIn(await unwrap(auth().signInWithPassword({ email, password })))
      return { user: session.user, session }
    },
    async signInWithOAuth(provider) {
      const asked = { prompt: 'consent', offline: true }
      return announced(provider, unwrap(createPopup(auth()).signInWithProvider(provider, asked)).then(sessionIn))
    },
    async signOut() {
      await unwrap(auth().signOut({ scope: 'all' }))
    },
    async getSession() {
      const { data, error } = await auth().getSession()
      return { data: { session: data === null ? null : toSession(data) }, error }
    },
    async getUser() {
      const { data, error } = await auth().getUser({ fresh: true })
      const user = data?.verified === 'server' ? toSessionUser(data.user) : null
      return { data: { user }, error }
    },
    onAuthStateChange(callback) {
      const unsubscribe = auth().onChange(({ event, state }) => {
        const name = eventNames[event]
        if (name !== undefined) callback(name, state.status === 'signed_in' ? toSession(state) : null)
      })
      return { data: { subscription: { unsubscribe } } }
    },
  }
}

interface NewPerson {
  readonly email: string
  readonly password: string
  readonly name: string
  readonly surname: string
}

async function signUp(auth: Client, { email, password, name, surname }: NewPerson): Promise<SignedUp> {
  const displayName = `${name} ${surname}`.trim()
  const person = { email, password, metadata: { name, surname }, ...(displayName === '' ? {} : { displayName }) }
  const outcome = await unwrap(auth.signUp(person))
  // Nobody is known by an id before the address is proved: what is taken already is answered in the same way.
  if (outcome.status === 'pending') return { user: null, session: null }
  const session = sessionIn(outcome)
  return { user: session.user, session }
}

/** @throws AuthError `attempt_pending`, with the attempt */
function sessionIn(outcome: Outcome): Session {
  if (outcome.status === 'pending') {
    const { attempt } = outcome
    const waitsForMail = attempt.step.type === 'code' && attempt.purpose === 'sign_up'
    throw new AuthError('attempt_pending', {
      attempt,
      message: waitsForMail ? 'Email not confirmed' : 'A second step is needed',
    })
  }
  return demand(outcome)
}

function demand(signedIn: Pick<SignedIn, 'user' | 'tokens'>): Session {
  const session = toSession(signedIn)
  if (session === null) throw new AuthError('not_signed_in')
  return session
}
