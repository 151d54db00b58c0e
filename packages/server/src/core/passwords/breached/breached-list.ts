/** A list of passwords that thieves have. */
export interface BreachedList {
  /** Whether a password is on it. @throws BreachFault when nobody can say */
  has(password: string): Promise<boolean>
}

/** Why a list could not be asked. */
export class BreachFault extends Error {
  override readonly name = 'BreachFault'
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    super(`the list of leaked passwords could not be asked: ${reason}`, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}
