import { describe, expect, it } from 'vitest'
import { createClientAddresses } from './client-address.ts'

const direct = createClientAddresses()
const proxied = createClientAddresses(['10.0.0.0/8', 'fd00::/8', '192.0.2.1'])

describe('createClientAddresses', () => {
  it('S120 believes no header without a configured proxy', () => {
    expect(direct.clientOf('203.0.113.9', '198.51.100.1').ip).toBe('203.0.113.9')
    expect(proxied.clientOf('203.0.113.9', '198.51.100.1').ip).toBe('203.0.113.9')
  })

  it('S120 walks the list from the right past known proxies, whatever stands on the left', () => {
    const forged = '1.1.1.1, garbage, 127.0.0.1, 198.51.100.7, 192.0.2.1, 10.1.2.3'
    expect(proxied.clientOf('10.0.0.5', forged).ip).toBe('198.51.100.7')
  })

  it('S120 stops at the proxy that passed on something unparsable', () => {
    expect(proxied.clientOf('10.0.0.5', '198.51.100.7, unknown').ip).toBe('10.0.0.5')
    expect(proxied.clientOf('10.0.0.5', '').ip).toBe('10.0.0.5')
    expect(proxied.clientOf('10.0.0.5', undefined).ip).toBe('10.0.0.5')
    expect(proxied.clientOf('10.0.0.5', '10.0.0.6').ip).toBe('10.0.0.6')
  })

  it.each([
    ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113.9'],
    ['::FFFF:CB00:7109', '203.0.113.9', '203.0.113.9'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', '2001:db8::/64'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::1', 'fe80::/64'],
    ['::1', '::1', '::/64'],
  ])('S120 makes %s canonical', (text, ip, network) => {
    expect(direct.clientOf(text, undefined)).toEqual({ ip, network })
    expect(proxied.clientOf('10.0.0.5', ` ${text} `)).toEqual({ ip, network })
  })

  it('S120 reads entries with ports and refuses odd spellings of IPv4', () => {
    expect(proxied.clientOf('10.0.0.5', '198.51.100.7:1234').ip).toBe('198.51.100.7')
    expect(proxied.clientOf('10.0.0.5', '[2001:db8::1]:443').ip).toBe('2001:db8::1')
    for (const odd of ['0x7f.1', '127.1', '2130706433', '010.0.0.1', '1.2.3.4.5']) {
      expect(proxied.clientOf('10.0.0.5', odd).ip).toBe('10.0.0.5')
    }
  })

  it('S120 counts 1,000 addresses of one /64 as one network', () => {
    const networks = Array.from({ length: 1000 }, (_, at) =>
      direct.clientOf(`2001:db8:1:2::${at.toString(16)}`, undefined),
    )
    expect(new Set(networks.map((client) => client.network)).size).toBe(1)
  })

  it('S120 counts callers without an address as one', () => {
    expect(direct.clientOf(undefined, '1.2.3.4').network).toBe('0.0.0.0')
    expect(direct.clientOf('@', undefined).network).toBe('0.0.0.0')
  })

  it('S118 does not dwell on a long list', () => {
    expect(proxied.clientOf('10.0.0.5', `${'10.0.0.1,'.repeat(2000)}10.0.0.1`).ip).toBe('10.0.0.1')
    expect(proxied.clientOf('10.0.0.5', ':'.repeat(100_000)).ip).toBe('10.0.0.5')
  })

  it.each(['10.0.0.0/33', '10.0.0.0/', 'proxy.test', '', '10.0.0.0/x'])('refuses %j as a proxy at start', (bad) => {
    expect(() => createClientAddresses([bad])).toThrow('not an address')
  })

  it('knows its proxies', () => {
    expect([proxied.isProxy('::ffff:10.1.1.1'), proxied.isProxy('11.1.1.1')]).toEqual([true, false])
  })
})
