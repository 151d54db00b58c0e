export {
  type Account,
  type AddFactor,
  type Consent,
  createAccount,
  type Factors,
  type Grants,
  type LinkProvider,
  type Links,
  type NewRecoveryCodes,
} from './create-account.ts'
