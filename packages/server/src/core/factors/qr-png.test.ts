import { crc32, inflateSync } from 'node:zlib'
import decodeQR from 'qr/decode.js'
import { describe, expect, it } from 'vitest'
import { qrPng } from './qr-png.ts'

/** The chunks of a picture by name, each with a sum that holds. */
function chunksOf(picture: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < picture.length; ) {
    const length = picture.readUInt32BE(at)
    const body = picture.subarray(at + 4, at + 8 + length)
    expect(picture.readUInt32BE(at + 8 + length)).toBe(crc32(body))
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4))
    at += 12 + length
  }
  return chunks
}

function pixelsOf(picture: Buffer): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  const chunks = chunksOf(picture)
  const header = chunks.get('IHDR') ?? Buffer.alloc(0)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const lines = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))
  const stride = 1 + Math.ceil(width / 8)
  const bit = (x: number, y: number) => ((lines[y * stride + 1 + (x >> 3)] ?? 0) >> (7 - (x % 8))) & 1
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let at = 0; at < width * height; at += 1)
    data.fill(bit(at % width, Math.floor(at / width)) * 255, at * 4, at * 4 + 3)
  return { width, height, data }
}

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
    if (text.length < 500) expect(decodeQR(pixels)).toBe(text)
  })
})
