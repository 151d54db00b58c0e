export {
  type Account,
  type AddFactor,
  createAccount,
  type Factors,
  type Grants,
  type LinkProvider,
  type Links,
  type NewRecoveryCodes,
} from './create-account.ts'
