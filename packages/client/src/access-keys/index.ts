export { type AccessKeys, createAccessKeys } from './create-access-keys.ts'
