import { crc32, inflateSync } from 'node:zlib'
import decodeQR from 'qr/decode.js'

/** The chunks of a picture by name, each with a sum that holds. */
function chunksOf(picture: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < picture.length; ) {
    const length = picture.readUInt32BE(at)
    const body = picture.subarray(at + 4, at + 8 + length)
    if (picture.readUInt32BE(at + 8 + length) !== crc32(body)) throw new Error('a chunk has another sum')
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4))
    at += 12 + length
  }
  return chunks
}

/** A picture of black and white, in four bytes for each point. */
export function pixelsOf(picture: Buffer): {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
} {
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

/** What a QR code says that is a PNG. */
export const readQr = (picture: Buffer): string => decodeQR(pixelsOf(picture))
