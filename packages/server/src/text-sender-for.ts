import { createOutbound } from './base/outbound.ts'
import type { Config } from './config/deployment.ts'
import type { TextSender } from './core/notifications/senders/text-gateway.ts'
import { textGateway } from './core/notifications/senders/text-gateways.ts'

/** Who sends texts, as the configuration says; undefined where nobody was chosen. */
export function textSenderFor({ settings, deployment }: Config): TextSender | undefined {
  const { gateway } = deployment.texts
  if (gateway === undefined) return undefined
  const { id, options, url } = gateway
  return textGateway(id).create({ options, url, outbound: createOutbound(settings.outbound) })
}
