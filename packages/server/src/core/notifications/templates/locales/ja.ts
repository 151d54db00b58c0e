import type { Sentences } from '../sentences.ts'

export const ja: Sentences = {
  locale: 'ja',
  hello: 'こんにちは。',
  helloName: '{{ displayName }} 様',
  orCode: 'または、操作を始めた画面で次のコードを入力してください。',
  onlyCode: '操作を始めた画面で次のコードを入力してください。',
  writtenLink: 'ボタンが動作しない場合は、次のアドレスをブラウザーで開いてください。',
  linkLifetime: 'リンクは一度だけ使用でき、有効期間は {{ linkLifetime }}です。',
  codeLifetime: 'コードは一度だけ使用でき、有効期間は {{ codeLifetime }}です。',
  neverShare: 'コードは誰にも教えないでください。こちらからお尋ねすることはありません。',
  ignore: 'お心当たりのない場合は、このメールを無視してください。何も変更されません。',
  notYou: 'お心当たりのない場合は、ただちにパスワードを変更し、お問い合わせください。',
  toTheSite: '{{ appName }} を開く',
  colon: '：',
  when: '日時',
  device: '端末',
  ip: 'IP アドレス',
  actions: {
    sign_up: {
      subject: 'メールアドレスの確認',
      title: '{{ appName }} へようこそ',
      lead: '{{ email }} がご本人のアドレスであることを確認してください。確認後、アカウントをご利用いただけます。',
      button: 'アドレスを確認する',
    },
    sign_in: {
      subject: '{{ appName }} へのサインイン',
      title: '{{ appName }} へのサインイン',
      lead: 'パスワードを使わずに {{ appName }} へサインインするためのメールです。',
      button: 'サインインする',
    },
    recovery: {
      subject: 'パスワードの再設定',
      title: 'パスワードの再設定',
      lead: '{{ appName }} のアカウントについて、パスワードの再設定が申し込まれました。',
      button: '新しいパスワードを設定する',
    },
    invite: {
      subject: '{{ appName }} への招待',
      title: '招待が届いています',
      lead: '{{ appName }} のアカウント作成に招待されました。',
      button: '招待を受ける',
    },
    email_change: {
      subject: '新しいメールアドレスの確認',
      title: '新しいアドレスの確認',
      lead: '{{ appName }} のアカウントの新しいアドレスとして {{ newEmail }} を使うことを確認してください。',
      button: '新しいアドレスを確認する',
    },
    email_change_current: {
      subject: 'メールアドレス変更の確認',
      title: '変更の確認',
      lead: '{{ appName }} のアカウントのアドレスが {{ newEmail }} に変更されようとしています。変更してよいかどうかを確認してください。',
      button: '変更に同意する',
    },
    reauthentication: {
      subject: '{{ appName }} の確認コード',
      title: 'ご本人の確認',
      lead: '{{ appName }} のアカウントで重要な変更が行われようとしています。',
      button: '確認する',
    },
  },
  notices: {
    already_registered: {
      subject: 'アカウントは登録済みです',
      title: 'アカウントは登録済みです',
      lead: 'このアドレスで {{ appName }} のアカウントを作成しようとする操作がありました。アカウントはすでに存在し、内容は変更されていません。ご本人の操作であれば、サインインしてください。パスワードをお忘れの場合は再設定してください。',
    },
    password_changed: {
      subject: 'パスワードが変更されました',
      title: 'パスワードの変更',
      lead: '{{ appName }} のアカウントのパスワードが変更されました。',
    },
    email_changed: {
      subject: 'メールアドレスが変更されました',
      title: 'アドレスの変更',
      lead: '{{ appName }} のアカウントのアドレスが {{ maskedEmail }} に変更されました。以前のアドレスへのお知らせはこれが最後です。',
    },
    phone_changed: {
      subject: '電話番号が変更されました',
      title: '電話番号の変更',
      lead: '{{ appName }} のアカウントの電話番号が変更されました。',
    },
    recovery_finished: {
      subject: 'アカウントが復旧されました',
      title: 'アカウントの復旧',
      lead: 'このメールボックスを利用できる方が {{ appName }} のアカウントを復旧し、新しいパスワードを設定できる状態になりました。',
    },
    identity_linked: {
      subject: 'サインイン方法が追加されました',
      title: 'サインイン方法の追加',
      lead: '{{#provider}}{{ provider }} の{{/provider}}アカウントで {{ appName }} にサインインできるようになりました。',
    },
    identity_unlinked: {
      subject: 'サインイン方法が削除されました',
      title: 'サインイン方法の削除',
      lead: '{{#provider}}{{ provider }} の{{/provider}}アカウントでは {{ appName }} にサインインできなくなりました。',
    },
    factor_added: {
      subject: '二段階認証の要素が追加されました',
      title: '認証要素の追加',
      lead: '{{ appName }} のアカウントに新しい認証要素{{#factorType}}（{{ factorType }}）{{/factorType}}が追加されました。',
    },
    factor_removed: {
      subject: '二段階認証の要素が削除されました',
      title: '認証要素の削除',
      lead: '{{ appName }} のアカウントから認証要素{{#factorType}}（{{ factorType }}）{{/factorType}}が削除されました。',
    },
    access_key_added: {
      subject: 'アクセスキーが作成されました',
      title: 'アクセスキーの作成',
      lead: '{{ appName }} のアカウントに新しいアクセスキーが作成されました。キーを持つ人は、あなたの代わりに操作できます。',
    },
    access_key_removed: {
      subject: 'アクセスキーが削除されました',
      title: 'アクセスキーの削除',
      lead: '{{ appName }} のアカウントのアクセスキーが削除されました。',
    },
    sign_in_locked: {
      subject: 'コードの入力間違いが続いています',
      title: 'コードの一時停止',
      lead: '{{ appName }} のアカウントで誤ったコードが何度も入力されたため、コードによるサインインを一時的に停止しました。',
    },
    new_device: {
      subject: '{{ appName }} への新しいサインイン',
      title: '新しいサインイン',
      lead: 'これまでに使われたことのない端末から、{{ appName }} のアカウントへのサインインがありました。',
    },
    session_replayed: {
      subject: 'セッションを終了しました',
      title: 'セッションの終了',
      lead: '{{ appName }} のアカウントで、使用済みのサインインキーが再び使われました。安全のため、そのセッションを終了しました。もう一度サインインしてください。',
    },
    account_deleted: {
      subject: 'アカウントが削除されました',
      title: 'アカウントの削除',
      lead: '{{ appName }} のアカウントが削除されました。',
    },
  },
  smsCode: '{{ appName }} の確認コードは {{ code }} です。誰にも教えないでください。',
  smsPhoneChanged:
    '{{ appName }}のアカウントの電話番号が変更されました。お心当たりがない場合は、すぐにご連絡ください。',
}
