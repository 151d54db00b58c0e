import Bowser from 'bowser'

interface Part {
  readonly family: string
  readonly major: string
  readonly minor: string
  readonly patch: string
}

export interface Agent extends Part {
  readonly device: Part
  readonly os: Part
}

const unknown: Part = { family: 'Other', major: '0', minor: '0', patch: '0' }

/** What a User-Agent header says about a device, every part as text, in the fields that clients show. */
export function describeAgent(userAgent: string | null): Agent {
  if (userAgent === null || userAgent === '') return { ...unknown, device: unknown, os: unknown }
  const { browser, os, platform } = Bowser.parse(userAgent.slice(0, 512))
  return {
    ...part(browser.name, browser.version),
    device: part(platform.model ?? (platform.type === 'desktop' ? undefined : platform.vendor), undefined),
    os: systemOf(os),
  }
}

/** Systems under the names that apps know them by: Windows by its own number, and not by that of its kernel. */
function systemOf({ name, version, versionName }: Bowser.Parser.OSDetails): Part {
  if (name === 'Windows') return part(name, versionName)
  return part(name === 'macOS' ? 'Mac OS X' : name, version)
}

function part(family: string | undefined, version: string | undefined): Part {
  if (family === undefined || family === '') return unknown
  const [major = '0', minor = '0', patch = '0'] = (version ?? '').split('.').filter((each) => /^\w{1,12}$/.test(each))
  return { family, major, minor, patch }
}
