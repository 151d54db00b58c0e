import type { Sentences } from '../sentences.ts'

export const en: Sentences = {
  locale: 'en',
  hello: 'Hello,',
  helloName: 'Hello {{ displayName }},',
  orCode: 'Or enter this code where you started:',
  onlyCode: 'Enter this code where you started:',
  writtenLink: 'If the button does not work, open this address in your browser:',
  linkLifetime: 'The link works once and is valid for {{ linkLifetime }}.',
  codeLifetime: 'The code works once and is valid for {{ codeLifetime }}.',
  neverShare: 'Give the code to nobody. We will never ask you for it.',
  ignore: 'If this was not you, ignore this message: nothing will change.',
  notYou: 'If this was not you, change your password at once and get in touch with us.',
  toTheSite: 'Go to {{ appName }}',
  colon: ': ',
  when: 'When',
  device: 'Device',
  ip: 'IP address',
  actions: {
    sign_up: {
      subject: 'Confirm your e-mail address',
      title: 'Welcome to {{ appName }}',
      lead: 'Please confirm that {{ email }} is your address. Your account is ready after that.',
      button: 'Confirm address',
    },
    sign_in: {
      subject: 'Sign in to {{ appName }}',
      title: 'Sign in to {{ appName }}',
      lead: 'You asked to sign in to {{ appName }} without a password.',
      button: 'Sign in',
    },
    recovery: {
      subject: 'Reset your password',
      title: 'Reset your password',
      lead: 'You asked to choose a new password for your account at {{ appName }}.',
      button: 'Choose a new password',
    },
    invite: {
      subject: 'You are invited to {{ appName }}',
      title: 'You are invited',
      lead: 'You have been invited to open an account at {{ appName }}.',
      button: 'Accept invitation',
    },
    email_change: {
      subject: 'Confirm your new e-mail address',
      title: 'Confirm your new address',
      lead: 'Please confirm that {{ newEmail }} is to be the new address of your account at {{ appName }}.',
      button: 'Confirm new address',
    },
    email_change_current: {
      subject: 'Confirm the change of your e-mail address',
      title: 'Agree to the change',
      lead: 'The address of your account at {{ appName }} is to become {{ newEmail }}. Please confirm that this is what you want.',
      button: 'Agree to the change',
    },
    reauthentication: {
      subject: 'Your code for {{ appName }}',
      title: 'Is it you?',
      lead: 'You are about to change something important in your account at {{ appName }}.',
      button: 'Confirm',
    },
  },
  notices: {
    already_registered: {
      subject: 'You already have an account',
      title: 'You already have an account',
      lead: 'Somebody tried to open an account at {{ appName }} with this address. There is one already, and nothing about it has changed. If it was you, sign in, or reset your password if you have forgotten it.',
    },
    password_changed: {
      subject: 'Your password was changed',
      title: 'Password changed',
      lead: 'The password of your account at {{ appName }} was changed.',
    },
    email_changed: {
      subject: 'Your e-mail address was changed',
      title: 'Address changed',
      lead: 'The address of your account at {{ appName }} was changed to {{ maskedEmail }}. This is the last message to the old one.',
    },
    phone_changed: {
      subject: 'Your phone number was changed',
      title: 'Phone number changed',
      lead: 'The phone number of your account at {{ appName }} was changed.',
    },
    recovery_finished: {
      subject: 'Your account was recovered',
      title: 'Account recovered',
      lead: 'Somebody with access to this mailbox recovered your account at {{ appName }} and could choose a new password.',
    },
    identity_linked: {
      subject: 'A way to sign in was added',
      title: 'Way to sign in added',
      lead: 'An account{{#provider}} at {{ provider }}{{/provider}} can now be used to sign in to {{ appName }}.',
    },
    identity_unlinked: {
      subject: 'A way to sign in was removed',
      title: 'Way to sign in removed',
      lead: 'An account{{#provider}} at {{ provider }}{{/provider}} can no longer be used to sign in to {{ appName }}.',
    },
    factor_added: {
      subject: 'A second step was added',
      title: 'Second step added',
      lead: 'A new factor{{#factorType}} ({{ factorType }}){{/factorType}} now protects your account at {{ appName }}.',
    },
    factor_removed: {
      subject: 'A second step was removed',
      title: 'Second step removed',
      lead: 'A factor{{#factorType}} ({{ factorType }}){{/factorType}} was removed from your account at {{ appName }}.',
    },
    access_key_added: {
      subject: 'An access key was created',
      title: 'Access key created',
      lead: 'A new access key for your account at {{ appName }} was created. Whoever holds it can act in your name.',
    },
    access_key_removed: {
      subject: 'An access key was removed',
      title: 'Access key removed',
      lead: 'An access key for your account at {{ appName }} was removed.',
    },
    sign_in_locked: {
      subject: 'Too many wrong codes',
      title: 'Codes are paused',
      lead: 'Too many wrong codes were entered for your account at {{ appName }}. Signing in with a code is closed for a while.',
    },
    new_device: {
      subject: 'New sign-in to {{ appName }}',
      title: 'New sign-in',
      lead: 'Somebody signed in to your account at {{ appName }} from a device we have not seen before.',
    },
    session_replayed: {
      subject: 'We ended one of your sessions',
      title: 'Session ended',
      lead: 'A used sign-in key for your account at {{ appName }} turned up a second time. To be safe, we ended that session. Please sign in again.',
    },
    account_deleted: {
      subject: 'Your account was deleted',
      title: 'Account deleted',
      lead: 'Your account at {{ appName }} was deleted.',
    },
  },
  smsCode: '{{ code }} is your code for {{ appName }}. Give it to nobody.',
  smsPhoneChanged:
    'The phone number of your account at {{ appName }} was changed. If this was not you, get in touch with us at once.',
}
