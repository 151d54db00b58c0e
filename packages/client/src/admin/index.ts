export { type Admin, type AdminOptions, createAdmin, type List, type UserFilter } from './create-admin.ts'
export type { AdminOAuthClients, AdminProviders, AdminSsoProviders } from './doors.ts'
