import { describe, expect, it } from 'vitest'
import { pixelsOf, readQr } from '../../../test/world/read-qr.ts'
import { qrPng } from './qr-png.ts'

describe('a QR code as a picture', () => {
  it.each([
    ['otpauth://totp/Watchword:ada%40example.test?issuer=Watchword&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 200],
    ['short', 200],
    ['x'.repeat(1_000), 100],
  ])('is read again: %s', async (text, side) => {
    const picture = Buffer.from(await qrPng(text, side))
    expect(picture.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    const pixels = pixelsOf(picture)
    expect(pixels.width).toBe(pixels.height)
    expect(pixels.width).toBeGreaterThanOrEqual(side)
    if (side === 200) expect(pixels.width).toBe(200)
    if (text.length < 500) expect(readQr(picture)).toBe(text)
  })
})
