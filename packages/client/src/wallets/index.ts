export { createWallets, type WalletSignIn, type Wallets } from './create-wallets.ts'
export { type EthereumProvider, ethereumWallet, type SolanaProvider, solanaWallet, type Wallet } from './providers.ts'
