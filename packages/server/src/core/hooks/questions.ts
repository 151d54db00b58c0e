import { Refusal } from '../../base/errors.ts'
import type { HookJson, HookName } from './hook.ts'
import type { HookQuestion, Hooks } from './hooks.ts'

/** A question that came up inside a transaction. */
export interface Asked<T extends HookQuestion = HookQuestion> {
  readonly question: T
  readonly answer: HookJson
}

/** Asks hooks from inside a transaction. */
export interface Questions {
  /**
   * The answer to a question, and the question as it was asked. What has not been asked yet takes the transaction back:
   * it is asked outside, and the transaction begins anew.
   * @param key what the answer holds for: another key is another question
   * @throws Refusal as {@link Hooks.ask}
   */
  settle<T extends HookQuestion>(name: HookName, key: string, question: () => T): Promise<Asked<T>>
}

/** Thrown through a transaction, never further. */
class Unasked extends Error {
  override readonly name = 'Unasked'
  readonly hook: HookName
  readonly key: string
  readonly question: HookQuestion

  constructor(hook: HookName, key: string, question: HookQuestion) {
    super(`a hook has to be asked: ${hook}`)
    this.hook = hook
    this.key = key
    this.question = question
  }
}

/** Each round knows one answer more. What changes under every answer is not settled by a further one. */
const rounds = 4

/**
 * Runs a transaction whose work may ask hooks: no connection and no lock is held while one thinks.
 * @throws Refusal `unavailable` when what is to be asked is another thing each time
 */
export async function withAnswers<T>(hooks: Hooks, run: (questions: Questions) => Promise<T>): Promise<T> {
  const answers = new Map<string, Asked>()
  const questions: Questions = {
    async settle(name, key, question) {
      const known = answers.get(`${name} ${key}`)
      if (known === undefined) throw new Unasked(name, key, question())
      return known as Asked<ReturnType<typeof question>>
    },
  }
  for (let round = 1; ; round += 1) {
    try {
      return await run(questions)
    } catch (error) {
      if (!(error instanceof Unasked)) throw error
      if (round > rounds) throw new Refusal('unavailable', { retryAfter: 1, cause: error })
      const { hook, key, question } = error
      answers.set(`${hook} ${key}`, { question, answer: await hooks.ask(hook, question) })
    }
  }
}

/** Hooks as everybody outside of a transaction has them. */
export function askingHooks(hooks: Hooks): Hooks & Questions {
  return {
    ...hooks,
    async settle(name, _key, question) {
      const asked = question()
      return { question: asked, answer: await hooks.ask(name, asked) }
    },
  }
}

/** Hooks as a transaction has them: nobody waits for an answer while it holds its locks. */
export function settledHooks(hooks: Hooks, questions: Questions): Hooks & Questions {
  return {
    ...questions,
    has: hooks.has,
    ask: async (name) => {
      throw new Error(`the hook ${name} was asked inside a transaction`)
    },
  }
}
