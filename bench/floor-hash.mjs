// The floor of sign-ins: nothing but password hashes with the server's parameters, as many at once as it computes.
import { hashRaw } from '@node-rs/argon2'
import { password } from './people.mjs'
import { argon2 } from './seed.mjs'

process.on('message', async ({ seconds, atOnce }) => {
  const until = performance.now() + seconds * 1000
  const started = performance.now()
  let done = 0
  const lane = async () => {
    while (performance.now() < until) {
      await hashRaw(password, argon2)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  process.send({ done, perSecond: done / ((performance.now() - started) / 1000) })
})
