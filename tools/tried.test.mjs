import { describe, expect, it } from 'vitest'
import { readied } from './tried.mjs'

const bodyOf = (code, name = 'example.ts') => {
  const { body, places } = readied({ name, code })
  return { body: body.replace(/\s+/g, ' '), places }
}

describe('an example made ready to be run', () => {
  it('marks what is waited for, what is shown and what callbacks answer, and has no types left', () => {
    const { body, places } = bodyOf(
      'const { data: user } = await find((one: User) => one.id)\nif (user) show(await user.name)',
    )
    expect(places).toBe(4)
    expect(body).toBe(
      "'use strict'; { const { data: user } = await mark(0, find((one) => mark(1, one.id))); " +
        'if (user) mark(2, show(await mark(3, user.name))); return { user } }',
    )
  })

  it('answers with the element where it is one', () => {
    expect(bodyOf('<Form onDone={() => navigate("/")} />', 'example.tsx').body).toContain(
      'const element = /* @__PURE__ */ React.createElement(Form, { onDone: () => mark(0, navigate("/")) });',
    )
  })

  it('says what cannot be read', () => {
    expect(() => readied({ name: 'example.ts', code: 'const = 1' })).toThrow('example.ts')
  })
})
