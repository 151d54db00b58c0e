import type { PageWords } from './words.ts'

export const ja: PageWords = {
  locale: 'ja',
  link: {
    title: (app) => `${app} に進む`,
    lead: 'お送りしたリンクが開かれました。ボタンを押して続けてください。',
    go: '続ける',
  },
  dead: {
    title: 'このリンクは無効です',
    lead: 'すでに使われたか、有効期限が切れています。リンクを求めた画面からやり直してください。',
  },
  toSite: (app) => `${app} を開く`,
  connect: {
    title: (provider) => `${provider} を連携しますか？`,
    lead: (provider) => `今後、${provider} のアカウントで次のアカウントにサインインできます:`,
    guest: (provider) => `今後、${provider} のアカウントで現在のゲストアカウントにサインインできます。`,
    notYours: 'ご自身のアカウントでない場合は、このページを閉じてください。',
    go: '連携する',
  },
  closing: { title: 'サインインしています…', lead: 'このウィンドウは閉じてかまいません。', go: '続ける' },
  refused: {
    nothing: ['ページが見つかりません', 'アドレスを確かめるか、前のページに戻ってください。'],
    often: ['試行回数が多すぎます', 'しばらく待ってから、もう一度お試しください。'],
    fault: ['問題が発生しました', 'お客様の操作によるものではありません。しばらくしてからもう一度お試しください。'],
    other: ['うまくいきませんでした', '前のページに戻り、はじめからやり直してください。'],
  },
}
