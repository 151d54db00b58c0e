/**
 * The address of a server as somebody gave it.
 * @throws TypeError for what is no address, naming what was given: mostly a variable that is not set
 */
export function serverAddress(url: unknown): { readonly origin: string; readonly host: string } {
  try {
    const { origin, host, protocol } = new URL(String(url))
    if (/^https?:$/.test(protocol)) return { origin, host }
  } catch {}
  throw new TypeError(
    `The url must be the server's address, such as https://auth.example.com; it is ${JSON.stringify(url)}.`,
  )
}
