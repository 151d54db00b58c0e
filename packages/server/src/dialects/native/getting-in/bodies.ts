import { z } from 'zod'
import { emailField, newAccountFields, passwordField, returnFields } from '../schemas/inputs.ts'
import { named } from '../schemas/named.ts'

export const signUpBody = named(
  'SignUpWithPassword',
  z.strictObject({ email: emailField(), password: passwordField(), ...newAccountFields, ...returnFields }),
)
export const anonymousBody = named('SignUpAnonymously', z.strictObject(newAccountFields))
export const passwordBody = named(
  'SignInWithPassword',
  z.strictObject({ email: emailField(), password: passwordField() }),
)
export const codeBody = named(
  'SignInWithCode',
  z.strictObject({
    email: emailField(),
    createUser: z.boolean().optional().meta({ description: 'Default true.' }),
    ...newAccountFields,
    ...returnFields,
  }),
)
export const recoveryBody = named('Recovery', z.strictObject({ email: emailField(), ...returnFields }))
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
