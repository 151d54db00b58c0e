import { createClient } from 'altogic'

const url = process.env.WATCHWORD_URL ?? 'http://localhost:8787'
const key = process.env.WATCHWORD_KEY ?? 'publishable'

/** One for each request: a client remembers whose session it has seen. */
export const authOfRequest = () => createClient(url, key).auth
