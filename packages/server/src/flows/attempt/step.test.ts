import { describe, expect, it } from 'vitest'
import { defaultSettings } from '../../core/settings/defaults.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { decideStep, purposeOf } from './step.ts'

const at = new Date('2027-02-03T09:00:00Z')
const aTicket = (change: Partial<Ticket>): Ticket => ({
  id: 'x',
  purpose: 'sign_in',
  subject: 'x',
  userId: null,
  sessionId: null,
  addressKey: null,
  parentId: null,
  payload: { channel: 'email', sentTo: 'j•••@example.test', sentAt: at.toISOString() },
  misses: 0,
  hasCode: true,
  hasLink: false,
  codeExpiresAt: at,
  expiresAt: at,
  linkOpenedAt: null,
  createdAt: at,
  spentAt: null,
  openedSession: null,
  ...change,
})
const stepOf = (change: Partial<Ticket>) => decideStep(aTicket(change), defaultSettings)

describe('decideStep', () => {
  it('asks for the code of a message, which may be sent again a minute later', () => {
    expect(stepOf({})).toEqual({
      type: 'code',
      channel: 'email',
      sentTo: 'j•••@example.test',
      length: 6,
      hasLink: false,
      linkOpened: false,
      resendAt: new Date('2027-02-03T09:01:00Z'),
      expiresAt: at,
    })
  })

  it('tells of a link by what was asked for, so that a ticket with nobody behind it looks the same', () => {
    const { payload } = aTicket({})
    const asked = { payload: { ...payload, codeChallenge: 'q8Zw' } }
    expect(stepOf({ ...asked, userId: 'u', hasLink: true })).toEqual(stepOf(asked))
    expect(stepOf(asked)).toMatchObject({ hasLink: true })
    expect(stepOf({ hasLink: true })).toMatchObject({ hasLink: false })
  })

  it('lets an elevation be chosen until its message is sent', () => {
    const payload = { options: ['password', 'email'], email: 'j•••@example.test' }
    expect(stepOf({ purpose: 'elevation', payload })).toEqual({
      type: 'choose',
      options: [
        { id: 'password', type: 'password', name: null, sentTo: null },
        { id: 'email', type: 'email', name: null, sentTo: 'j•••@example.test' },
      ],
    })
    const sent = { ...payload, channel: 'email', sentAt: at.toISOString() }
    expect(stepOf({ purpose: 'elevation', payload: sent })).toMatchObject({ type: 'code' })
  })

  it('asks before an administrator’s link does anything', () => {
    const payload = { purpose: 'invite', email: 'a@example.test', displayName: 'A', password: true }
    const ticket = { purpose: 'acceptance', payload } as const
    expect(stepOf(ticket)).toEqual({ type: 'accept', email: 'a@example.test', displayName: 'A', password: true })
    expect(purposeOf(aTicket(ticket))).toBe('invite')
  })
})

describe('purposeOf', () => {
  it('calls both halves of a change one change', () => {
    expect(purposeOf(aTicket({ purpose: 'email_change_current' }))).toBe('email_change')
    expect(purposeOf(aTicket({ purpose: 'email_change' }))).toBe('email_change')
  })
})
