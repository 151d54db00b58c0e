import { z } from 'zod'
import type { TextGateway } from '../core/notifications/senders/text-gateway.ts'
import { textGateways } from '../core/notifications/senders/text-gateways.ts'
import { set } from './about.ts'
import { type Finding, mistake } from './finding.ts'
import * as kind from './kinds.ts'

type GatewayId = (typeof textGateways)[number]['id']
type GroupName<Id extends string> = Id extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<GroupName<Rest>>}`
  : Id

/** The values of `sms.provider`. */
export const gatewayIds = textGateways.map(({ id }) => id) as [GatewayId, ...GatewayId[]]

/** The name of a gateway's group of settings: `twilio_verify` is `sms.twilioVerify`. */
export const groupName = (id: string): string => id.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

type Options = Readonly<Record<string, string | undefined>>
type Group = z.ZodType<Options, Options>

/** The settings of each gateway, none of which is needed by itself. */
export function textGatewayGroups(): { readonly [Id in GatewayId as GroupName<Id>]: Group } {
  return Object.fromEntries(textGateways.map((gateway) => [groupName(gateway.id), group(gateway)])) as never
}

function group({ name, options }: TextGateway): Group {
  const fields = Object.entries(options).map(([option, { about, secret }]) => [
    option,
    set(kind.line(1_000).optional(), `${name}: ${about}`, secret === true ? { secret } : {}),
  ])
  return z.strictObject(Object.fromEntries(fields) as Record<string, z.ZodType<string | undefined>>) as unknown as Group
}

/** What the chosen gateway needs and does not have. */
export function textGatewayFindings(
  gateway: TextGateway,
  given: Readonly<Record<string, string | undefined>>,
): readonly Finding[] {
  return Object.entries(gateway.options)
    .filter(([option, { optional }]) => optional !== true && given[option] === undefined)
    .map(([option]) =>
      mistake(`sms.${groupName(gateway.id)}.${option}`, `must be set where texts leave through ${gateway.name}.`),
    )
}
