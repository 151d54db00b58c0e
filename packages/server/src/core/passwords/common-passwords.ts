import { readFileSync } from 'node:fs'

/** The passwords that guessers try first. */
export interface CommonPasswords {
  /** Whether the password, whatever its case, is on the list. */
  has(password: string): boolean
}

/** The list that comes with the product: several thousand entries of six and more characters, read when first asked. */
export function createCommonPasswords(): CommonPasswords {
  let list: ReadonlySet<string> | null = null
  return {
    has(password) {
      list ??= new Set(readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8').split('\n'))
      return password !== '' && list.has(password.toLowerCase())
    },
  }
}
