import { expect, it } from 'vitest'
import { type Work, workAlone } from './work.ts'

it('what goes to a hashing thread takes along nothing that lies beside it in memory', () => {
  const [password, salt] = [Buffer.from('correct horse'), Buffer.from('a salt of its own')]
  expect(password.buffer.byteLength).toBeGreaterThan(password.byteLength)
  const works: Work[] = [
    { kind: 'bcrypt', password, text: '' },
    { kind: 'pbkdf2', password, salt, digest: 'sha256', iterations: 1, length: 32 },
  ]
  for (const work of works) {
    const sent = structuredClone(workAlone(work))
    expect(Buffer.from(sent.password).toString()).toBe('correct horse')
    expect(sent.password.buffer.byteLength).toBe(password.byteLength)
    if ('salt' in sent) expect(sent.salt.buffer.byteLength).toBe(salt.byteLength)
  }
})
