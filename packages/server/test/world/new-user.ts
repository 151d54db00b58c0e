import type { NewUser } from '#src/core/users/users.ts'

/** A user to be, of whom nothing is said but what a test says. */
export const aNewUser = (change: Partial<NewUser> = {}): NewUser => ({
  email: null,
  phone: null,
  passwordHash: null,
  role: 'authenticated',
  roles: ['user'],
  defaultRole: 'user',
  locale: 'en',
  metadata: {},
  appMetadata: {},
  createdBy: { dialect: 'test', way: 'test' },
  ...change,
})
