import { cutText } from '../../base/cut-text.ts'
import { invalid } from '../../base/errors.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { ProfileChange } from '../../flows/account/update-profile.ts'
import type { NewAccount } from '../../flows/steps/create-account.ts'
import { ownedFields } from './present.ts'

const longestName = 255
const longestPicture = 2_048

/**
 * What a new account is, by the fields that apps keep of a user; what the server owns is left out.
 * @throws Refusal `validation_failed` for a name or a picture that is no text
 */
export function newAccountOf(fields: JsonObject): NewAccount {
  const { displayName, avatarUrl, own, metadata } = read(fields)
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(avatarUrl == null ? {} : { avatarUrl }),
    metadata: own == null ? metadata : { ...metadata, profilePicture: own },
  }
}

/** How the same fields change an account: `null` takes away what was there. @throws Refusal as {@link newAccountOf} */
export function changeOf(fields: JsonObject): ProfileChange {
  const { displayName, avatarUrl, own, metadata } = read(fields)
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(avatarUrl === undefined ? {} : { avatarUrl }),
    metadata: own === undefined ? metadata : { ...metadata, profilePicture: own },
  }
}

interface Places {
  readonly avatarUrl?: string | null
  readonly own?: string | null
}

interface Said extends Places {
  readonly displayName?: string
  readonly metadata: JsonObject
}

function read({ name, profilePicture, ...others }: JsonObject): Said {
  return {
    ...(name === undefined ? {} : { displayName: cutText(textOrNone(name, 'name'), longestName) }),
    ...(profilePicture === undefined ? {} : placesOf(textOrNone(profilePicture, 'profilePicture'))),
    metadata: Object.fromEntries(Object.entries(others).filter(([field]) => !ownedFields.has(field))),
  }
}

/** A picture that everybody can load is the user's; what the application alone can find stands among its own fields. */
function placesOf(said: string): Places {
  const text = cutText(said, longestPicture)
  if (/^https:\/\//.test(text)) return { avatarUrl: text, own: null }
  return { avatarUrl: null, own: text === '' ? null : text }
}

function textOrNone(value: unknown, path: string): string {
  if (value !== null && typeof value !== 'string') throw invalid(path, 'must be text')
  return value ?? ''
}
