/** Words of sample secrets, without punctuation; a random secret does not contain them. */
const sampleWords = [
  'supersecret',
  'changeme',
  'replaceme',
  'yoursecret',
  'yourjwtsecret',
  'mysecret',
  'example',
  'placeholder',
]

/** Secrets printed in the documentation of this product and its relatives, without punctuation. */
const samples = [
  'reallyreallyreallyreallyverysafe',
  'your256bitsecret',
  'astringsecretatleast256bitslong',
  '0f987876650b4a085e64594fae9219e7781b17506bec02489ad061fba8cb22db',
  '3ek6fdo0c7tzbnvfjpmkndi2yaraakzqlk8o2ikoxqu4nf7edah8s3twphwrdwt6r',
]

const fewestBytes = 32
const fewestDistinct = 8
const longestPeriod = 8

/**
 * Why a secret must not be used, as a sentence that reads on from its name, or undefined when nothing speaks against it.
 * It must have 32 bytes, not be known from documentation, and not repeat itself.
 */
export function weakness(value: string | Uint8Array): string | undefined {
  const bytes = Buffer.from(value)
  if (bytes.length === 0) return 'is empty; it must be a random value of 32 bytes or more.'
  if (bytes.length < fewestBytes) return 'is too short; it must be a random value of 32 bytes or more.'
  if (typeof value === 'string' && isSample(value)) return 'is a sample from documentation; make one of your own.'
  if (new Set(bytes).size < fewestDistinct || repeats(bytes)) return 'repeats itself; it must be random.'
  return undefined
}

function isSample(value: string): boolean {
  const bare = value.toLowerCase().replace(/[^a-z0-9]/g, '')
  return samples.includes(bare) || sampleWords.some((word) => bare.includes(word)) || isDemoToken(value)
}

/** The API keys that every local installation of Supabase shares are JWTs of one issuer. */
function isDemoToken(value: string): boolean {
  const payload = /^eyJ[\w-]*\.([\w-]+)\.[\w-]*$/.exec(value)?.[1]
  return payload !== undefined && Buffer.from(payload, 'base64url').includes('"supabase-demo"')
}

function repeats(bytes: Buffer): boolean {
  return Array.from({ length: longestPeriod }, (_, index) => index + 1).some((period) =>
    bytes.subarray(period).every((byte, index) => byte === bytes[index]),
  )
}
