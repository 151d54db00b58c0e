export type { UserEvent } from '../api/types.ts'
export { createUserEvents, type UserEvents } from './create-user-events.ts'
