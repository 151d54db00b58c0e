import { z } from 'zod'
import { attemptField, channelField, codeField, factorName, passwordField } from '../schemas/inputs.ts'
import { jsonObject, named } from '../schemas/named.ts'

const option = () =>
  z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'The id of one of those offered, or its type where there is one of that type.' })

export const attemptBody = named('AttemptRequest', z.strictObject({ attempt: attemptField() }))
export const challengeBody = named(
  'AttemptChallenge',
  z.strictObject({ attempt: attemptField(), option: option(), channel: channelField() }),
)
export const answerBody = named(
  'AttemptAnswer',
  z.strictObject({
    attempt: attemptField(),
    option: option(),
    code: codeField().optional(),
    password: passwordField().optional().meta({ description: 'Proves who it is, or is chosen with a yes.' }),
    newPassword: passwordField().optional().meta({ description: 'With the code of a recovery.' }),
    credential: jsonObject()
      .optional()
      .meta({ description: 'What the browser made of the step `passkey`, by its `toJSON()`.' }),
    signature: z.string().min(1).max(1_024).optional().meta({
      description: 'Of the step `wallet`: hexadecimal for Ethereum, base64 or base64url for Solana.',
    }),
    accept: z.literal(true).optional(),
    name: factorName().optional().meta({ description: 'What a new factor is to be called.' }),
  }),
)
