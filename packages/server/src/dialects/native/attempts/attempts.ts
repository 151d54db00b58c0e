import { invalid, Refusal } from '../../../base/errors.ts'
import type { Ticket } from '../../../core/tickets/ticket.ts'
import { usableWallet } from '../../../core/wallets/wallet-identity.ts'
import { askElevationKey, type ElevationAnswer, elevate, sendElevationCode } from '../../../flows/account/elevate.ts'
import { answerAttempt } from '../../../flows/attempt/answer.ts'
import { cancelAttempt } from '../../../flows/attempt/cancel.ts'
import { sendAgain } from '../../../flows/attempt/challenge.ts'
import { findAttempt, type Progress, refuseForeign } from '../../../flows/attempt/progress.ts'
import { asksForFactor, optionsOf } from '../../../flows/attempt/step.ts'
import { answerFactor } from '../../../flows/factor/answer.ts'
import { chooseFactor } from '../../../flows/factor/choose.ts'
import { finishPasskeyAttempt } from '../../../flows/factor/passkey.ts'
import { askWallet } from '../../../flows/sign-in/ask-wallet.ts'
import { signInWithPasskey } from '../../../flows/sign-in/with-passkey.ts'
import { answerWallet } from '../../../flows/sign-in/with-wallet.ts'
import { signUpWithPasskey } from '../../../flows/sign-up/with-passkey.ts'
import { awaitingApproval } from '../../../flows/steps/hold-newcomer.ts'
import type { SignedIn } from '../../../gate/bearer.ts'
import { attemptPrefix, withoutPrefix } from '../manners.ts'
import type { Call } from '../operation.ts'
import { presentOutcome, presentPending } from '../present-outcome.ts'
import { signedInFor } from '../session-for.ts'
import type { answerBody, attemptBody, challengeBody } from './bodies.ts'

interface Held {
  readonly ticket: Ticket
  readonly attempt: string
  /** Whose session it was begun in. */
  readonly signedIn: SignedIn | undefined
}

/** The attempt of a call. What was begun in a session needs its bearer as well. @throws Refusal `attempt_expired` */
async function held(call: Pick<Call, 'core' | 'native' | 'exchange'>, text: string): Promise<Held> {
  const attempt = withoutPrefix(text, attemptPrefix)
  if (attempt === undefined) throw new Refusal('attempt_expired')
  const ticket = await findAttempt(call.core, attempt)
  const signedIn = await signedInFor(call, ticket.sessionId)
  refuseForeign(ticket, signedIn?.session)
  return { ticket, attempt, signedIn }
}

/** POST /attempts/status */
export async function readAttempt(call: Call<typeof attemptBody>) {
  return presentPending(call.core, await held(call, call.body.attempt))
}

/** POST /attempts/challenge: a fresh code, or the way of proving that was chosen. */
export async function challengeAttempt(call: Call<typeof challengeBody>) {
  const { core, caller, body } = call
  const { ticket, attempt, signedIn } = await held(call, body.attempt)
  const { option, channel } = body
  if (ticket.purpose === 'elevation' && signedIn !== undefined && isKeyOption(ticket, option))
    return presentPending(core, { attempt, ticket: await askElevationKey(core, { ticket, user: signedIn.user }) })
  if (ticket.purpose === 'elevation' && signedIn !== undefined && option === 'wallet' && isOffered(ticket, option))
    return presentPending(core, await askOwnWallet(call, { ticket, attempt, signedIn }))
  if (asksForFactor(ticket) || isFactorOption(ticket, option))
    return presentOutcome(call, await chooseFactor(core, caller, { ticket, attempt, option, channel }))
  const by = chosenAddress(ticket, option)
  if (ticket.purpose === 'elevation' && signedIn !== undefined && by !== undefined) {
    const asked = { ticket, user: signedIn.user, by, channel }
    return presentPending(core, { attempt, ticket: await sendElevationCode(core, caller, asked) })
  }
  const progress = await sendAgain(core, caller, { ticket, attempt, session: signedIn?.session, channel })
  return presentOutcome(call, progress)
}

/** Whether any of the person's own keys is meant, rather than one that is offered by its name. */
const isKeyOption = (ticket: Ticket, option: string | undefined): boolean =>
  option === 'passkey' && isOffered(ticket, option)

/** Whether one of the second factors that are offered is meant, although another way was chosen before. */
const isFactorOption = ({ payload }: Ticket, option: string | undefined): boolean =>
  option !== undefined && optionsOf(payload).some(({ id, type }) => id !== type && (id === option || type === option))

const isOffered = ({ payload }: Ticket, option: string): boolean => optionsOf(payload).some(({ id }) => id === option)

/** The question to the wallet takes the place of the elevation; it names the page that asks, where that may be named. */
function askOwnWallet(
  { core, exchange }: Pick<Call, 'core' | 'exchange'>,
  { ticket, attempt, signedIn }: Held & { readonly signedIn: SignedIn },
) {
  const wallet = usableWallet(signedIn.user, core.settings)
  if (wallet === undefined) throw new Refusal('attempt_expired')
  const origin = exchange.header('origin')
  const uri = origin !== undefined && core.redirects.allows(origin).allowed ? origin : undefined
  return askWallet(core, { ...wallet, uri, elevation: { ...signedIn, ticket, attempt } })
}

/** Where the code of an elevation goes: where it was asked to, or where the last one went. */
function chosenAddress({ payload }: Ticket, option: string | undefined): 'email' | 'phone' | undefined {
  if (option === 'email' || option === 'phone') return option
  if (option !== undefined || payload['channel'] === undefined) return undefined
  return payload['channel'] === 'email' ? 'email' : 'phone'
}

/** POST /attempts/answer */
export async function answer(call: Call<typeof answerBody>) {
  const mine = await held(call, call.body.attempt)
  const { ticket, attempt, signedIn } = mine
  const { option, code, credential, password, newPassword, accept, name } = call.body
  if (ticket.purpose === 'ceremony') return presentOutcome(call, await answerCeremony(call, mine))
  if (ticket.purpose === 'wallet') return presentOutcome(call, await answerQuestion(call, mine))
  if (asksForFactor(ticket)) {
    const said = { ticket, session: signedIn?.session, option, code, credential, name }
    return presentOutcome(call, await answerFactor(call.core, call.caller, said))
  }
  if (ticket.purpose === 'elevation') return presentOutcome(call, await answerElevation(call, mine))
  const said = { code, password, newPassword, accept }
  return presentOutcome(
    call,
    await answerAttempt(call.core, call.caller, { ticket, attempt, session: signedIn?.session, said }),
  )
}

/** A passkey was made, or proved. */
async function answerCeremony({ core, caller, body }: Call<typeof answerBody>, mine: Held): Promise<Progress> {
  const { ticket, signedIn } = mine
  const { credential, name } = body
  if (credential === undefined) throw invalid('credential', 'is needed')
  if (ticket.payload['ceremony'] === 'sign_in') return signInWithPasskey(core, caller, { ticket, credential })
  if (ticket.payload['ceremony'] === 'sign_up') {
    const outcome = await signUpWithPasskey(core, caller, { ticket, credential, name })
    if (outcome.kind === 'held') throw awaitingApproval()
    return outcome.kind === 'complete' ? outcome : { kind: 'pending', ...outcome.sent }
  }
  if (signedIn === undefined) throw new Refusal('attempt_expired')
  return finishPasskeyAttempt(core, caller, { ...signedIn, ticket, credential, name })
}

/** A wallet has signed. */
function answerQuestion(
  { core, caller, body }: Call<typeof answerBody>,
  { ticket, signedIn }: Held,
): Promise<Progress> {
  if (body.signature === undefined) throw invalid('signature', 'is needed')
  return answerWallet(core, caller, { ticket, signature: body.signature, signedIn })
}

async function answerElevation({ core, caller, body }: Call<typeof answerBody>, mine: Held): Promise<Progress> {
  const { ticket, signedIn } = mine
  if (signedIn === undefined) throw new Refusal('attempt_expired')
  return { kind: 'complete', grant: await elevate(core, caller, { ticket, ...signedIn, answer: oneAnswer(body) }) }
}

function oneAnswer({ password, code, credential }: Call<typeof answerBody>['body']): ElevationAnswer {
  const answers: ElevationAnswer[] = [
    ...(password === undefined ? [] : [{ password }]),
    ...(code === undefined ? [] : [{ code }]),
    ...(credential === undefined ? [] : [{ credential }]),
  ]
  const [one, another] = answers
  if (one === undefined || another !== undefined)
    throw invalid('code', 'a password, a code or a credential is needed, and one alone')
  return one
}

/** POST /attempts/cancel: a dead one is as good as cancelled. */
export async function cancel(call: Call<typeof attemptBody>) {
  const mine = await held(call, call.body.attempt).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'attempt_expired') return undefined
    throw error
  })
  if (mine !== undefined) await cancelAttempt(call.core, { ...mine, session: mine.signedIn?.session })
}
