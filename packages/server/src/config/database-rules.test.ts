import { describe, expect, it } from 'vitest'
import { databaseFindings } from './database-rules.ts'

const kinds = (url: string | undefined) => databaseFindings(url).map(({ kind }) => kind)

describe('the way to the database', () => {
  it('is not taken without a look at its certificate', () => {
    for (const query of ['sslmode=no-verify', 'ssl=no-verify', 'sslmode=allow', 'uselibpqcompat=true&sslmode=require'])
      expect(kinds(`postgres://a:b@db.example.com/auth?${query}`), query).toEqual(['mistake'])
  })

  it('without TLS is spoken of where it leaves the machine', () => {
    for (const query of ['', '?sslmode=disable', '?ssl=false'])
      expect(kinds(`postgres://a:b@db.example.com/auth${query}`), query).toEqual(['warning'])
    for (const host of ['localhost', '127.0.0.1', '[::1]', '%2Fvar%2Frun%2Fpostgresql'])
      expect(kinds(`postgres://a:b@${host}/auth`), host).toEqual([])
    expect(kinds('postgres:///auth?host=/var/run/postgresql')).toEqual([])
  })

  it('with TLS is nothing to speak of', () => {
    for (const mode of ['verify-full', 'require', 'verify-ca', 'prefer'])
      expect(kinds(`postgres://a:b@db.example.com/auth?sslmode=${mode}`), mode).toEqual([])
    expect(kinds(undefined)).toEqual([])
  })
})
