import type { Browser, CDPSession, Page } from 'playwright-core'

// The server is typed for Node and this package for browsers: they meet at run time.
const room = '../../server/test'
const rooms = ['set-up/chromium', 'set-up/free-port', 'world/bundled', 'world/served', 'world/virtual-authenticator']
const found = await Promise.all(rooms.map((name) => import(/* @vite-ignore */ `${room}/${name}.ts`)))

/** An app that is served to browsers. */
export interface Served {
  readonly port: number
  close(): Promise<void>
}

/** What a browser with an authenticator is driven by. */
export interface Authenticators {
  readonly cdp: CDPSession
  readonly authenticator: string
}

type Answer = (
  request: { readonly url?: string },
  response: {
    setHeader(name: string, value: string): void
    writeHead(status: number): { end(): void }
    end(body: string): void
  },
) => void

interface Found {
  launchChromium(): Promise<Browser>
  freePort(): Promise<number>
  /** A module as a browser loads it. */
  bundled(module: string): Promise<string>
  serve(answer: Answer, port?: number): Promise<Served>
  /** An app of one page, which is at every path, and of one script at `/app.js`. */
  servePage(
    page: string | ((request: { url?: string }) => { html: string; headers?: object }),
    script: string,
    port?: number,
  ): Promise<Served>
  /** Gives the browser of a page an authenticator. @param differs from one that knows its person, who is always there */
  addAuthenticators(page: Page, differs?: object): Promise<Authenticators>
}

export const { launchChromium, freePort, bundled, serve, servePage, addAuthenticators } = Object.assign(
  {},
  ...found,
) as Found
