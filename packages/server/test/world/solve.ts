import { type Challenge, solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'

/** Fetches a proof of work and solves it, as a page would. @returns what the page hands on */
export async function solveAt(url: string, place?: string): Promise<string> {
  const response = await fetch(`${url}/v1/captcha${place === undefined ? '' : `?for=${place}`}`)
  const challenge = (await response.json()) as Challenge
  const solution = await solveChallenge({ challenge, deriveKey })
  return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64')
}
