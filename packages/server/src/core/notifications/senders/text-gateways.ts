import { messagebird } from './messagebird.ts'
import { modica } from './modica.ts'
import type { TextGateway } from './text-gateway.ts'
import { textlocal } from './textlocal.ts'
import { twilio } from './twilio.ts'
import { twilioVerify } from './twilio-verify.ts'
import { vonage } from './vonage.ts'

/** Everybody who can send texts for us. */
export const textGateways = [twilio, twilioVerify, messagebird, vonage, textlocal, modica] as const

/** The gateway of a name. @throws Error for a name that is not in the list, which the configuration refuses before */
export function textGateway(id: string): TextGateway {
  const found = textGateways.find((gateway) => gateway.id === id)
  if (found === undefined) throw new Error(`there is no text gateway ${id}`)
  return found
}
