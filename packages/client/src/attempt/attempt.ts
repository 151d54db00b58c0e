import type { AttemptAnswer, AttemptChallenge, AttemptState, Complete } from '../api/types.ts'
import type { Reply } from '../base/result.ts'

/** What one step takes: `code`, `password`, `option` … whatever its `type` asks for. */
export type Answer = Omit<AttemptAnswer, 'attempt'>
/** What goes along with a choice. */
export type Choice = Omit<AttemptChallenge, 'attempt' | 'option'>

/** Finished, or waiting for the next step. */
export type Outcome<Throws extends boolean = false> =
  | Complete
  | { readonly status: 'pending'; readonly attempt: Attempt<Throws> }

/**
 * Anything begun and not finished. One loop serves every way in: while pending, show `step`, send the answer.
 * @example
 * let { data, error } = await auth.signInWithCode({ email })
 * while (data?.status === 'pending') {
 *   const code = await ask(data.attempt.step)
 *   ;({ data, error } = await data.attempt.answer({ code }))
 * }
 */
export interface Attempt<Throws extends boolean = false> extends Readonly<AttemptState> {
  /**
   * Answers the step. A wrong answer comes back as an error whose `attempt` lives on.
   * @example
   * const { error } = await attempt.answer({ code })
   * if (error?.attempt) show(error.message, error.details['triesLeft'])
   */
  answer(input: Answer): Reply<Outcome<Throws>, Throws>
  /**
   * Chooses one of the options of the step `choose`, by its id.
   * @example
   * if (attempt.step.type === 'choose') {
   *   const phone = attempt.step.options.find(({ type }) => type === 'phone')
   *   if (phone) await attempt.choose(phone.id, { channel: 'whatsapp' })
   * }
   */
  choose(option: string, more?: Choice): Reply<Outcome<Throws>, Throws>
  /**
   * A fresh code; before `resendAt` nothing is sent.
   * @example
   * await attempt.resend()
   */
  resend(): Reply<Outcome<Throws>, Throws>
  /**
   * The step as it stands: `linkOpened` tells that the mail's link was opened elsewhere.
   * @example
   * const { data } = await attempt.status()
   * if (data?.status === 'pending') show(data.attempt.step.type)
   */
  status(): Reply<Outcome<Throws>, Throws>
  /**
   * Gives it up.
   * @example
   * await attempt.cancel()
   */
  cancel(): Reply<null, Throws>
}
