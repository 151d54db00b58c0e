import type { Send } from './request.ts'

const asking = /^\/(sign-up|sign-in\/[^a]|recovery)/

/** Sends a solved captcha along where one may be asked for, unless the call brings its own. What `solve` throws stays thrown. */
export const withCaptcha =
  (send: Send, solve: () => Promise<string>): Send =>
  async (call) => {
    const { path, body = {} } = call
    if (!asking.test(path) || 'captcha' in body) return send(call)
    return send({ ...call, body: { ...body, captcha: await solve() } })
  }
