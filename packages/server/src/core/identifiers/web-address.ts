/** Whether the scheme is one of the web's. */
export function isWeb(scheme: string): boolean {
  return scheme === 'https' || scheme === 'http'
}

/** The port a web scheme stands for when none is written. */
export function defaultPort(scheme: string): string {
  return scheme === 'https' ? '443' : '80'
}

const forbidden =
  /^(?:javascript|data|file|vbscript|blob|about|view-source|filesystem|ws|wss|ftp|mailto|tel|sms|livescript|mhtml)$/

/** Whether a redirect to this scheme never leads to an application, but into the browser itself or out of it. */
export function isForbiddenScheme(scheme: string): boolean {
  return forbidden.test(scheme)
}

/** Whether the host, spelt as `URL` spells it, is an IP address. */
export function isAddress(host: string): boolean {
  return host.startsWith('[') || /^[0-9.]+$/.test(host)
}

/** Whether the host, spelt as `URL` spells it, is a loopback address: not a name that may lead elsewhere. */
export function isLoopbackAddress(host: string): boolean {
  return host === '[::1]' || (isAddress(host) && host.startsWith('127.'))
}
