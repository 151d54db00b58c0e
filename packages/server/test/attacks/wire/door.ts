import type { Reply, Sending } from './send.ts'

/** What a session's owner holds. */
export interface Held {
  readonly access: string
  readonly refresh: string
  readonly sessionId: string
  readonly userId: string
}

/**
 * One dialect as an attacker sees it: the same deeds, whatever they are called. Both dialects have every one of them.
 */
export interface Door {
  readonly name: 'native' | 'supabase'
  /** Where it is mounted, `http://127.0.0.1:…/v1`. */
  readonly url: string
  call(path: string, sending?: Sending): Promise<Reply>
  /** The tokens of a finished sign-in. @throws Error when the reply is none */
  held(reply: Reply): Held
  /** Whether a reply hands out tokens. */
  isSession(reply: Reply): boolean
  signUp(email: string, password: string, metadata?: object): Promise<Reply>
  /** Answers a sign-up with the code of its mail. @param begun what {@link signUp} answered */
  confirm(begun: Reply, email: string, code: string): Promise<Reply>
  signUpAnonymously(metadata?: object): Promise<Reply>
  signIn(email: string, password: string, more?: Sending): Promise<Reply>
  requestCode(email: string, challenge?: string): Promise<Reply>
  /** Answers {@link requestCode} with the code of its mail. */
  answerCode(begun: Reply, email: string, code: string): Promise<Reply>
  recover(email: string, challenge?: string): Promise<Reply>
  answerRecovery(begun: Reply, email: string, code: string): Promise<Reply>
  /** Opens a mailed link as its reader would; answers where that leads. */
  openLink(link: string): Promise<Reply>
  exchange(code: string, verifier: string): Promise<Reply>
  refresh(token: string): Promise<Reply>
  me(access: string): Promise<Reply>
  updateMetadata(access: string, metadata: object): Promise<Reply>
  changePassword(access: string, password: string, current?: string): Promise<Reply>
  changeEmail(access: string, email: string): Promise<Reply>
  signOut(access: string, scope: 'this' | 'others' | 'all'): Promise<Reply>
  /** Changes a user as an administrator. */
  admin(path: string, sending?: Sending): Promise<Reply>
  ban(userId: string): Promise<Reply>
  remove(userId: string, mode: 'hard' | 'soft'): Promise<Reply>
}
