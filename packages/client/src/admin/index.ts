export { type Admin, type AdminOptions, createAdmin, type List, type UserFilter } from './create-admin.ts'
