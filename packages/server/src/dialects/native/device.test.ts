import { describe, expect, it } from 'vitest'
import { describeDevice } from './device.ts'

const known: readonly (readonly [string | null, string, string])[] = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0',
    'Edge on Windows',
    'desktop',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'Safari on macOS',
    'desktop',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/126.0 Mobile/15E148 Safari/604.1',
    'Chrome on iOS',
    'mobile',
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36',
    'Chrome on Android',
    'tablet',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'Firefox on Linux', 'desktop'],
  ['curl/8.5.0', 'curl', 'server'],
  ['something else', 'Unknown device', 'unknown'],
  [null, 'Unknown device', 'unknown'],
]

describe('describeDevice', () => {
  it.each(known)('reads %s', (userAgent, name, kind) => {
    expect(describeDevice(userAgent)).toMatchObject({ name, kind })
  })
})
