import type { ActionName, NoticeName } from './template-names.ts'

/** What one message says; the layout adds the rest. Every sentence is a piece of template. */
export interface MessageSentences {
  readonly subject: string
  readonly title: string
  /** What this is about. Says neither "link" nor "code": a mail may have one without the other. */
  readonly lead: string
}

/** What a message says that asks somebody to do something. */
export interface ActionSentences extends MessageSentences {
  /** The button's label. */
  readonly button: string
}

/** Everything the built-in messages say in one language. To add a language, write one such file. */
export interface Sentences {
  /** BCP 47. */
  readonly locale: string
  readonly hello: string
  readonly helloName: string
  /** Above the code when there is a button too. */
  readonly orCode: string
  /** Above the code when it stands alone. */
  readonly onlyCode: string
  /** Above the written-out link. */
  readonly writtenLink: string
  readonly linkLifetime: string
  readonly codeLifetime: string
  readonly neverShare: string
  /** Under messages somebody has to act on. */
  readonly ignore: string
  /** Under notices. */
  readonly notYou: string
  readonly toTheSite: string
  /** Between a fact's name and the fact. */
  readonly colon: string
  readonly when: string
  readonly device: string
  readonly ip: string
  readonly actions: Readonly<Record<Exclude<ActionName, 'sign_in_code'>, ActionSentences>>
  readonly notices: Readonly<Record<NoticeName, MessageSentences>>
  readonly smsCode: string
  /** To the old number, after a change. */
  readonly smsPhoneChanged: string
}
