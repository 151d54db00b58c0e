/** What a user agent string says about a device, as far as it can be believed: for showing, and for nothing else. */
export interface DeviceView {
  readonly name: string
  readonly os: string | null
  readonly browser: string | null
  readonly kind: 'desktop' | 'mobile' | 'tablet' | 'server' | 'unknown'
}

type Names = readonly (readonly [RegExp, string])[]

const systems: Names = [
  [/iPad/, 'iPadOS'],
  [/iPhone|iPod/, 'iOS'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS X/, 'macOS'],
  [/Linux|X11/, 'Linux'],
]

/** In this order: most browsers also name those they descend from. */
const browsers: Names = [
  [/\bEdgA?(?:iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\/|\bChromium\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

const programs = /^(node|undici|curl|wget|python|go-http|axios|okhttp|java|deno|bun|dart|postman)/i

/** Reads a user agent string. */
export function describeDevice(userAgent: string | null): DeviceView {
  if (userAgent === null) return { name: 'Unknown device', os: null, browser: null, kind: 'unknown' }
  const program = programs.exec(userAgent)?.[0]
  if (program !== undefined) return { name: program, os: null, browser: null, kind: 'server' }
  const os = find(systems, userAgent)
  const browser = find(browsers, userAgent)
  const name = [browser, os].filter((part) => part !== null).join(' on ') || 'Unknown device'
  return { name, os, browser, kind: kindOf(userAgent, os) }
}

const find = (names: Names, text: string): string | null => names.find(([pattern]) => pattern.test(text))?.[1] ?? null

function kindOf(userAgent: string, os: string | null): DeviceView['kind'] {
  if (os === null) return 'unknown'
  if (os === 'iPadOS' || (os === 'Android' && !/\bMobile\b/.test(userAgent))) return 'tablet'
  return os === 'iOS' || os === 'Android' ? 'mobile' : 'desktop'
}
