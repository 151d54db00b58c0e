export {
  type AddPasskey,
  createPasskeys,
  type PasskeySignIn,
  type PasskeySignUp,
  type Passkeys,
} from './create-passkeys.ts'
