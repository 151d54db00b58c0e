import type { Settings } from '../../core/settings/settings.ts'

type Reason = 'length' | 'characters' | 'pwned'

/** Why a password is weak, in the three reasons this dialect's clients know. */
export interface WeakPassword {
  readonly message: string
  readonly reasons: readonly Reason[]
}

const inOrder: readonly Reason[] = ['length', 'characters', 'pwned']

const known: Readonly<Record<string, Reason>> = { length: 'length', characters: 'characters' }

/** @param reasons as the core names them; common, personal and leaked passwords are all `pwned` here */
export function weakPassword(reasons: readonly string[], rules: Settings['password']): WeakPassword {
  const told = new Set(reasons.map((reason): Reason => known[reason] ?? 'pwned'))
  const sentences: Readonly<Record<Reason, string>> = {
    length: `Password should be at least ${rules.min} characters.`,
    characters: `Password should contain at least one character of each: ${rules.requiredCharacters.join(', ')}.`,
    pwned: 'Password is known to be weak and easy to guess, please choose a different one.',
  }
  const shown = inOrder.filter((reason) => told.has(reason))
  return { message: shown.map((reason) => sentences[reason]).join(' '), reasons: shown }
}
