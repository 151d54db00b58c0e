declare const brand: unique symbol
type Secret<Kind extends string> = string & { readonly [brand]: Kind }

/** The rotating secret that renews a session. Random, UUID-shaped, stored only as a digest. */
export type RefreshToken = Secret<'refresh-token'>
/** A signed JWT that says who is calling. */
export type AccessToken = Secret<'access-token'>
/** The random part of a mailed link. */
export type LinkToken = Secret<'link-token'>
/** What a person types: a few digits. */
export type OneTimeCode = Secret<'one-time-code'>
/** The handle of an unfinished flow. */
export type AttemptToken = Secret<'attempt-token'>
/** What a redirect brings back, worthless without its verifier (RFC 7636). */
export type ReturnCode = Secret<'return-code'>

/** Marks text as a secret of a kind at the one place where it comes into being or is parsed. */
export function secret<S extends Secret<string>>(text: string): S {
  return text as S
}
