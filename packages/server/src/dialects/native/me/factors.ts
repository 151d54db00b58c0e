import { enroll } from '../../../flows/factor/enroll.ts'
import { beginPasskey } from '../../../flows/factor/passkey.ts'
import { makeRecoveryCodes } from '../../../flows/factor/recovery-codes.ts'
import { removeFactor } from '../../../flows/factor/remove.ts'
import { renameFactor } from '../../../flows/factor/rename.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { idOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentFactor, presentFactors } from '../present.ts'
import { presentPending } from '../present-outcome.ts'
import type { factorBody, factorNameBody } from './bodies.ts'

/** GET /me/factors */
export function listFactors({ exchange }: Call) {
  return { items: presentFactors(exchange.need(signedInKey).user), nextCursor: null }
}

/** POST /me/factors */
export async function addFactor({ core, caller, exchange, body }: Call<typeof factorBody>) {
  const { type, name, phone, channel, signIn = true } = body
  if (type === 'passkey') {
    const use = { protects: !signIn, signsIn: signIn }
    return presentPending(core, await beginPasskey(core, { ...exchange.need(signedInKey), use, name }))
  }
  const { factors, name: ours } = core.settings
  const issuer = factors.issuer ?? ours
  const input = { ...exchange.need(signedInKey), type, name, phone, channel, issuer }
  return presentPending(core, await enroll(core, caller, input))
}

/** PATCH /me/factors/:id */
export async function changeFactor({ core, caller, exchange, body }: Call<typeof factorNameBody>) {
  const input = { ...exchange.need(signedInKey), factorId: idOf(exchange, 'id'), name: body.name }
  return shown(await renameFactor(core, caller, input))
}

/** DELETE /me/factors/:id */
export async function dropFactor({ core, caller, exchange }: Call) {
  await removeFactor(core, caller, { ...exchange.need(signedInKey), factorId: idOf(exchange, 'id') })
}

/** POST /me/recovery-codes */
export async function renewRecoveryCodes({ core, caller, exchange }: Call) {
  const { factor, codes } = await makeRecoveryCodes(core, caller, exchange.need(signedInKey))
  return { factor: shown(factor), codes: [...codes] }
}

function shown(factor: Parameters<typeof presentFactor>[0]) {
  const presented = presentFactor(factor)
  if (presented === undefined) throw new Error('a factor that cannot be shown')
  return presented
}
