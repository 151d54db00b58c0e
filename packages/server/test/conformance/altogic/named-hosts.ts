import dns from 'node:dns'

/** A name below this one is this machine. The client finds the host of its sockets by the labels of its address. */
const suffix = '.watchword.localhost'

/** Makes names below `watchword.localhost` resolve in this process, as they do in browsers. @returns how to undo it */
export function resolveNamedHosts(): () => void {
  const { lookup } = dns
  // biome-ignore lint/suspicious/noExplicitAny: one function with six shapes, of which the arguments are handed on.
  const wrapped = (host: string, ...rest: any[]) =>
    (lookup as (...all: unknown[]) => void)(host.endsWith(suffix) ? '127.0.0.1' : host, ...rest)
  dns.lookup = wrapped as typeof lookup
  return () => {
    dns.lookup = lookup
  }
}

/** The address of a server under a name of four labels. */
export function namedUrl(url: string): string {
  return `http://app.c1${suffix}:${new URL(url).port}`
}
