import type { Outcome as Answered, SignInWithWallet } from '../api/types.ts'
import type { Attempt, Outcome } from '../attempt/attempt.ts'
import type { Speaker } from '../attempt/attempts.ts'
import { AuthError } from '../base/auth-error.ts'
import { facing, type Reply } from '../base/result.ts'
import type { Client } from '../client.ts'
import { insideOf } from '../inside.ts'
import type { Wallet } from './providers.ts'

/** What goes along with a sign-in: about an account that may be made, and the page that asks. */
export type WalletSignIn = Omit<SignInWithWallet, 'chain' | 'address'>

/** Signing in with a wallet of Ethereum or Solana. The server writes the message, and it counts once. */
export interface Wallets<Throws extends boolean = false> {
  /**
   * Signs in. Makes an account where the wallet has none yet.
   * @param input.uri the page that asks, which the wallet shows; default this one, else the site
   * @example
   * const { data, error } = await wallets.signIn(await ethereumWallet(window.ethereum))
   * if (error?.code === 'wallet_cancelled') show('Nothing was signed.')
   */
  signIn(wallet: Wallet, input?: WalletSignIn): Reply<Outcome<Throws>, Throws>
  /**
   * Connects a wallet with the account that is signed in. Needs a recent proof.
   * @example
   * await wallets.link(await solanaWallet(window.solana))
   */
  link(wallet: Wallet, input?: Pick<WalletSignIn, 'uri'>): Reply<Outcome<Throws>, Throws>
  /**
   * Answers an attempt with a wallet: one whose step it is, or one that offers it, such as an elevation.
   * @example
   * const { data } = await auth.elevate()
   * if (data?.status === 'pending') await wallets.answer(data.attempt, wallet)
   */
  answer(attempt: Attempt<Throws>, wallet: Wallet): Reply<Outcome<Throws>, Throws>
}

/**
 * Wallets for a client.
 * @throws TypeError for what is no client of this package
 * @example
 * const wallets = createWallets(auth)
 */
export function createWallets<Throws extends boolean>(client: Client<Throws>): Wallets<Throws> {
  const { send, authorised, attempts, runtime, throws } = insideOf(client)
  const here = runtime.page?.href().replace(/[?#].*/, '')
  const page = here === undefined ? {} : { uri: here }

  const finish = async (answered: Answered, wallet: Wallet, as: Speaker): Promise<Outcome> => {
    const step = answered.status === 'pending' ? answered.attempt.step : undefined
    if (answered.status !== 'pending' || step?.type !== 'wallet') throw new AuthError('bad_answer')
    const signature = await wallet.sign(step.message)
    return attempts.begin('/attempts/answer', { attempt: answered.attempt.token, signature }, as)
  }

  return facing<Wallets<Throws>>(
    {
      async signIn(wallet: Wallet, input: WalletSignIn = {}) {
        const body = { ...page, ...input, chain: wallet.chain, address: wallet.address }
        return finish(await send<Answered>({ method: 'POST', path: '/sign-in/wallet', body }), wallet, 'nobody')
      },
      async link(wallet: Wallet, input: Pick<WalletSignIn, 'uri'> = {}) {
        const body = { ...page, ...input, chain: wallet.chain, address: wallet.address }
        return finish(await authorised<Answered>({ method: 'POST', path: '/me/identities', body }), wallet, 'user')
      },
      async answer({ token, purpose, step, expiresAt }: Attempt<Throws>, wallet: Wallet) {
        const body = { attempt: token, option: 'wallet' }
        const asked: Answered =
          step.type === 'choose'
            ? await authorised<Answered>({ method: 'POST', path: '/attempts/challenge', body }, { optional: true })
            : { status: 'pending', attempt: { token, purpose, step, expiresAt } }
        return finish(asked, wallet, 'anybody')
      },
    },
    throws,
  )
}
