/** Everything our own pages say to people in one language. To add a language, write one such file. */
export interface PageWords {
  /** BCP 47. */
  readonly locale: string
  /** Before a mailed link is used. */
  readonly link: { title(app: string): string; readonly lead: string; readonly go: string }
  /** A link that is no longer good. */
  readonly dead: { readonly title: string; readonly lead: string }
  toSite(app: string): string
  /** Before an account elsewhere is connected. */
  readonly connect: {
    title(provider: string): string
    lead(provider: string): string
    /** To the account of a guest, who has no address. */
    guest(provider: string): string
    readonly notYours: string
    readonly go: string
  }
  /** A second window that has done its work. */
  readonly closing: { readonly title: string; readonly lead: string; readonly go: string }
  /** What a person's browser asked for and does not get, by why. */
  readonly refused: Readonly<Record<'nothing' | 'often' | 'fault' | 'other', readonly [title: string, lead: string]>>
}
