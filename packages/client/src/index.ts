export type {
  AttemptState,
  AuditEvent,
  AuditEventPage,
  Complete,
  Identity,
  Json,
  PublicSettings,
  Session,
  SessionPage,
  Step,
  Tokens,
  User,
} from './api/types.ts'
export type { Answer, Attempt, Choice, Outcome } from './attempt/attempt.ts'
export { AuthError, type ErrorCode, isAuthError } from './base/auth-error.ts'
export { type Kept, type Reply, type Result, unwrap } from './base/result.ts'
export type {
  Client,
  ClientOptions,
  Identities,
  Me,
  PageInput,
  ProviderInput,
  Sessions,
  VerifiedUser,
} from './client.ts'
export { createClient } from './create-client.ts'
export type { AuthChange, AuthEvent, AuthState, SignedIn } from './session/auth-state.ts'
export {
  type AsyncStorageLike,
  asyncStorage,
  memoryStorage,
  type SessionStorage,
  type WebStorage,
  webStorage,
} from './session/session-storage.ts'
export type { TokenUser, VerifiedToken } from './verify/verified-token.ts'
