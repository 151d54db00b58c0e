import { Refusal } from '../../base/errors.ts'
import { signatureShapes } from '../../core/wallets/signature.ts'
import { type Chain, chains } from '../../core/wallets/wallet-message.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { signInWithWallet } from '../../flows/sign-in/with-wallet.ts'
import type { Answer } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Supabase } from './dialect.ts'
import type { Body } from './parse.ts'
import { presentSession } from './present.ts'
import { fault, oauthFault, refusal } from './refuse.ts'

const names: Readonly<Record<Chain, string>> = { ethereum: 'Ethereum', solana: 'Solana' }
const badSignature: Readonly<Record<Chain, string>> = {
  ethereum: 'signature must be 65 bytes long, encoded as a 130 character-long hexadecimal string',
  solana: 'signature must be 64 bytes encoded as base64 with or without padding',
}

/** The grant `web3`: a message that the app wrote and a wallet has signed. */
export async function web3Grant(at: Supabase, exchange: Exchange, body: Body): Promise<Answer> {
  const { wallets } = at.core.settings
  if (!chains.some((one) => wallets[one])) throw refusal('web3')
  const chain = chains.find((one) => one === body.text('chain'))
  if (chain === undefined) throw refusal('web3_chain')
  if (!wallets[chain]) throw refusal('web3', `${names[chain]} Web3 provider is disabled`)
  const message = body.exactText('message') ?? ''
  const signature = body.exactText('signature') ?? ''
  const bytes = Buffer.byteLength(message)
  if (bytes < 64) throw fault('message is too short')
  if (bytes > 20 * 1024) throw fault('message must not exceed 20KB')
  if (!signatureShapes[chain].test(signature)) throw fault(badSignature[chain])
  const signed = { chain, message, signature }
  const done = await signInWithWallet(at.core, at.callerOf(exchange), signed).catch(asTold(chain))
  return presentSession(grantOf(done), at.core.settings)
}

/** Why a message was not accepted, as clients of this dialect know it. */
function asTold(chain: Chain): (error: unknown) => never {
  const name = names[chain]
  const signed = `Signed ${name} message`
  const texts: Readonly<Record<string, string>> = {
    signature: 'Signature does not match address in message',
    not_https: `${signed} is using URI which does not use HTTPS`,
    uri: `${signed} is using URI which is not allowed on this server, message was signed for another app`,
    domain: `${signed} is using a Domain that does not match the one in URI which is not allowed on this server`,
    not_yet: `${signed} becomes valid in the future`,
    expired: `${signed} is expired`,
    too_old: `${name} message was issued too long ago`,
    too_new: `${name} message was issued too far in the future`,
    used: `${signed} was used already`,
  }
  return (error) => {
    if (!(error instanceof Refusal) || error.code !== 'wallet_signature_invalid') throw error
    const text = texts[error.details.reason ?? '']
    throw text === undefined
      ? fault(String(error.details['detail'] ?? error.message))
      : oauthFault('invalid_grant', text)
  }
}
