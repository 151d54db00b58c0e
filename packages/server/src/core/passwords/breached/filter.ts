/**
 * A Bloom filter over SHA-1 digests, kept in a file: small enough to have every leaked password at hand, at the price of
 * taking a few good ones for leaked. A digest is uniform already, so its bits are its own positions (Kirsch and
 * Mitzenmacher), and a file that is looked into takes no memory.
 */

/** How large a filter is and how many bits stand for one entry. */
export interface FilterShape {
  /** Bits; a multiple of eight. */
  readonly bits: number
  /** Bits of one entry. */
  readonly probes: number
  /** Entries it was made of. */
  readonly entries: number
}

const magic = 'WWFILTER'
/** Bytes before the bits: magic, version and probes, bits, entries. */
export const headerBytes = 32

/** The least shape that takes at most so many others for an entry. @param falsePositives from 0 to 1, exclusive */
export function shapeFor(entries: number, falsePositives: number): FilterShape {
  const bits = Math.ceil((-Math.max(1, entries) * Math.log(falsePositives)) / Math.LN2 ** 2 / 8) * 8
  const probes = Math.min(32, Math.max(1, Math.round((bits / Math.max(1, entries)) * Math.LN2)))
  return { bits, probes, entries }
}

/** The beginning of a file. */
export function writeHeader({ bits, probes, entries }: FilterShape): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.write(magic, 'latin1')
  header.writeUInt16BE(1, 8)
  header.writeUInt16BE(probes, 10)
  header.writeBigUInt64BE(BigInt(bits), 16)
  header.writeBigUInt64BE(BigInt(entries), 24)
  return header
}

/** @param size bytes of the whole file @returns undefined where it is no such file, or not all of it */
export function readHeader(header: Uint8Array, size: number): FilterShape | undefined {
  const bytes = Buffer.from(header)
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, 8) !== magic || bytes.readUInt16BE(8) !== 1)
    return undefined
  const shape = {
    bits: Number(bytes.readBigUInt64BE(16)),
    probes: bytes.readUInt16BE(10),
    entries: Number(bytes.readBigUInt64BE(24)),
  }
  const fits = shape.bits > 0 && shape.probes >= 1 && shape.probes <= 32 && size === headerBytes + shape.bits / 8
  return fits ? shape : undefined
}

/** Which bits stand for a SHA-1 digest. */
export function positionsOf(digest: Uint8Array, { bits, probes }: Pick<FilterShape, 'bits' | 'probes'>): number[] {
  const bytes = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength)
  // 48 bits each: far more than a file has, and exact in a double also when multiplied.
  const start = bytes.readUIntBE(0, 6) % bits
  const step = bytes.readUIntBE(6, 6) % bits
  return Array.from({ length: probes }, (_, index) => (start + index * step + index ** 3) % bits)
}
