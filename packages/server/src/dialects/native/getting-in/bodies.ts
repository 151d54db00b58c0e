import { z } from 'zod'
import {
  captchaFields,
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
    ...captchaFields,
  }),
)
export const signUpPasskeyBody = named(
  'SignUpWithPasskey',
  z.strictObject({ ...idFields, ...newAccountFields, ...returnFields, ...captchaFields }),
)
export const anonymousBody = named('SignUpAnonymously', z.strictObject({ ...newAccountFields, ...captchaFields }))
export const passwordBody = named(
  'SignInWithPassword',
  z.strictObject({ ...idFields, password: passwordField(), ...captchaFields }),
)
export const passkeyBody = named('SignInWithPasskey', z.strictObject(captchaFields))
export const codeBody = named(
  'SignInWithCode',
  z.strictObject({
    ...idFields,
    channel: channelField(),
    createUser: z.boolean().optional().meta({ description: 'Default true.' }),
    ...newAccountFields,
    ...returnFields,
    ...captchaFields,
  }),
)
export const idTokenBody = named(
  'SignInWithIdToken',
  z.strictObject({ ...idTokenFields, createUser: z.boolean().optional(), ...newAccountFields, ...captchaFields }),
)
export const recoveryBody = named(
  'Recovery',
  z.strictObject({ ...idFields, channel: channelField(), ...returnFields, ...captchaFields }),
)
export const walletBody = named(
  'SignInWithWallet',
  z.strictObject({ ...walletFields, createUser: z.boolean().optional(), ...newAccountFields, ...captchaFields }),
)
export const accessKeyBody = named(
  'SignInWithAccessKey',
  z.strictObject({
    key: z
      .string()
      .min(1)
      .max(128)
      .meta({ examples: ['wwk_…'] }),
  }),
)
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
