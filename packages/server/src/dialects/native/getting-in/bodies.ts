import { z } from 'zod'
import {
  channelField,
  idFields,
  idTokenFields,
  newAccountFields,
  passwordField,
  returnFields,
  walletFields,
} from '../schemas/inputs.ts'
import { named } from '../schemas/named.ts'

export const signUpBody = named(
  'SignUpWithPassword',
  z.strictObject({
    ...idFields,
    password: passwordField(),
    channel: channelField(),
    ...newAccountFields,
    ...returnFields,
  }),
)
export const signUpPasskeyBody = named(
  'SignUpWithPasskey',
  z.strictObject({ ...idFields, ...newAccountFields, ...returnFields }),
)
export const anonymousBody = named('SignUpAnonymously', z.strictObject(newAccountFields))
export const passwordBody = named('SignInWithPassword', z.strictObject({ ...idFields, password: passwordField() }))
export const passkeyBody = named('SignInWithPasskey', z.strictObject({}))
export const codeBody = named(
  'SignInWithCode',
  z.strictObject({
    ...idFields,
    channel: channelField(),
    createUser: z.boolean().optional().meta({ description: 'Default true.' }),
    ...newAccountFields,
    ...returnFields,
  }),
)
export const idTokenBody = named(
  'SignInWithIdToken',
  z.strictObject({ ...idTokenFields, createUser: z.boolean().optional(), ...newAccountFields }),
)
export const walletBody = named(
  'SignInWithWallet',
  z.strictObject({ ...walletFields, createUser: z.boolean().optional(), ...newAccountFields }),
)
export const recoveryBody = named('Recovery', z.strictObject({ ...idFields, channel: channelField(), ...returnFields }))
export const linkBody = named(
  'OpenLink',
  z.strictObject({
    token: z
      .string()
      .max(128)
      .meta({ examples: ['wwl_…'] }),
    codeVerifier: z.string().max(128).optional(),
  }),
)
