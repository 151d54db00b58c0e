import { crc32, deflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** A text as a QR code, black on white. @param side its pixels across, more where the code needs more */
export async function qrPng(text: string, side: number): Promise<Uint8Array> {
  const { encodeQR } = await import('qr')
  return png(centred(encodeQR(text, 'raw'), side))
}

/** Every module as a square of whole pixels, with white around it. */
function centred(modules: readonly (readonly boolean[])[], side: number): Uint8Array[] {
  const scale = Math.max(1, Math.floor(side / modules.length))
  const across = Math.max(side, modules.length * scale)
  const margin = Math.floor((across - modules.length * scale) / 2)
  const isDark = (x: number, y: number): boolean =>
    modules[Math.floor((y - margin) / scale)]?.[Math.floor((x - margin) / scale)] === true
  return Array.from({ length: across }, (_, y) =>
    Uint8Array.from({ length: across }, (__, x) => (isDark(x, y) ? 0 : 1)),
  )
}

/** A picture of one bit a pixel (PNG 3rd edition §5 and §11.2): 0 is black. */
function png(rows: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(rows[0]?.length ?? 0, 0)
  header.writeUInt32BE(rows.length, 4)
  // One bit deep, grey; the compression, filters and order there are.
  header.set([1, 0, 0, 0, 0], 8)
  const lines = rows.map((row) => Buffer.concat([Buffer.from([0]), packed(row)]))
  const data = deflateSync(Buffer.concat(lines))
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

/** Eight pixels a byte, the leftmost in the highest bit. */
function packed(row: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(row.length / 8))
  for (const [x, pixel] of row.entries()) bytes[x >> 3] = (bytes[x >> 3] ?? 0) | (pixel << (7 - (x % 8)))
  return bytes
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
