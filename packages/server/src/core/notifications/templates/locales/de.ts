import type { Sentences } from '../sentences.ts'

export const de: Sentences = {
  locale: 'de',
  hello: 'Hallo,',
  helloName: 'Hallo {{ displayName }},',
  orCode: 'Oder gib diesen Code dort ein, wo du begonnen hast:',
  onlyCode: 'Gib diesen Code dort ein, wo du begonnen hast:',
  writtenLink: 'Falls die Schaltfläche nicht funktioniert, öffne diese Adresse in deinem Browser:',
  linkLifetime: 'Der Link funktioniert einmal. Gültigkeitsdauer: {{ linkLifetime }}.',
  codeLifetime: 'Der Code funktioniert einmal. Gültigkeitsdauer: {{ codeLifetime }}.',
  neverShare: 'Gib den Code an niemanden weiter. Wir werden dich nie danach fragen.',
  ignore: 'Falls du das nicht warst, ignoriere diese Nachricht: Es ändert sich nichts.',
  notYou: 'Falls du das nicht warst, ändere sofort dein Passwort und melde dich bei uns.',
  toTheSite: 'Zu {{ appName }}',
  colon: ': ',
  when: 'Zeitpunkt',
  device: 'Gerät',
  ip: 'IP-Adresse',
  actions: {
    sign_up: {
      subject: 'Bestätige deine E-Mail-Adresse',
      title: 'Willkommen bei {{ appName }}',
      lead: 'Bitte bestätige, dass {{ email }} deine Adresse ist. Danach ist dein Konto bereit.',
      button: 'Adresse bestätigen',
    },
    sign_in: {
      subject: 'Anmelden bei {{ appName }}',
      title: 'Anmelden bei {{ appName }}',
      lead: 'Du möchtest dich ohne Passwort bei {{ appName }} anmelden.',
      button: 'Anmelden',
    },
    recovery: {
      subject: 'Setze dein Passwort zurück',
      title: 'Passwort zurücksetzen',
      lead: 'Du möchtest ein neues Passwort für dein Konto bei {{ appName }} wählen.',
      button: 'Neues Passwort wählen',
    },
    invite: {
      subject: 'Einladung zu {{ appName }}',
      title: 'Du bist eingeladen',
      lead: 'Du wurdest eingeladen, ein Konto bei {{ appName }} zu eröffnen.',
      button: 'Einladung annehmen',
    },
    email_change: {
      subject: 'Bestätige deine neue E-Mail-Adresse',
      title: 'Neue Adresse bestätigen',
      lead: 'Bitte bestätige, dass {{ newEmail }} die neue Adresse deines Kontos bei {{ appName }} werden soll.',
      button: 'Neue Adresse bestätigen',
    },
    email_change_current: {
      subject: 'Bestätige die Änderung deiner E-Mail-Adresse',
      title: 'Änderung zustimmen',
      lead: 'Die Adresse deines Kontos bei {{ appName }} soll künftig {{ newEmail }} lauten. Bitte bestätige, dass du das möchtest.',
      button: 'Änderung zustimmen',
    },
    reauthentication: {
      subject: 'Dein Code für {{ appName }}',
      title: 'Bist du es?',
      lead: 'Du bist dabei, etwas Wichtiges an deinem Konto bei {{ appName }} zu ändern.',
      button: 'Bestätigen',
    },
  },
  notices: {
    already_registered: {
      subject: 'Du hast bereits ein Konto',
      title: 'Du hast bereits ein Konto',
      lead: 'Jemand wollte mit dieser Adresse ein Konto bei {{ appName }} eröffnen. Es gibt schon eines, und daran hat sich nichts geändert. Falls du es warst, melde dich an oder setze dein Passwort zurück, wenn du es vergessen hast.',
    },
    password_changed: {
      subject: 'Dein Passwort wurde geändert',
      title: 'Passwort geändert',
      lead: 'Das Passwort deines Kontos bei {{ appName }} wurde geändert.',
    },
    email_changed: {
      subject: 'Deine E-Mail-Adresse wurde geändert',
      title: 'Adresse geändert',
      lead: 'Die Adresse deines Kontos bei {{ appName }} wurde in {{ maskedEmail }} geändert. Dies ist die letzte Nachricht an die alte.',
    },
    phone_changed: {
      subject: 'Deine Telefonnummer wurde geändert',
      title: 'Telefonnummer geändert',
      lead: 'Die Telefonnummer deines Kontos bei {{ appName }} wurde geändert.',
    },
    recovery_finished: {
      subject: 'Dein Konto wurde wiederhergestellt',
      title: 'Konto wiederhergestellt',
      lead: 'Jemand mit Zugriff auf dieses Postfach hat dein Konto bei {{ appName }} wiederhergestellt und konnte ein neues Passwort wählen.',
    },
    identity_linked: {
      subject: 'Ein Anmeldeweg wurde hinzugefügt',
      title: 'Anmeldeweg hinzugefügt',
      lead: 'Ein Konto{{#provider}} bei {{ provider }}{{/provider}} kann jetzt zum Anmelden bei {{ appName }} verwendet werden.',
    },
    identity_unlinked: {
      subject: 'Ein Anmeldeweg wurde entfernt',
      title: 'Anmeldeweg entfernt',
      lead: 'Ein Konto{{#provider}} bei {{ provider }}{{/provider}} kann nicht mehr zum Anmelden bei {{ appName }} verwendet werden.',
    },
    factor_added: {
      subject: 'Ein zweiter Schritt wurde hinzugefügt',
      title: 'Zweiter Schritt hinzugefügt',
      lead: 'Ein neuer Faktor{{#factorType}} ({{ factorType }}){{/factorType}} schützt jetzt dein Konto bei {{ appName }}.',
    },
    factor_removed: {
      subject: 'Ein zweiter Schritt wurde entfernt',
      title: 'Zweiter Schritt entfernt',
      lead: 'Ein Faktor{{#factorType}} ({{ factorType }}){{/factorType}} wurde von deinem Konto bei {{ appName }} entfernt.',
    },
    access_key_added: {
      subject: 'Ein Zugriffsschlüssel wurde erstellt',
      title: 'Zugriffsschlüssel erstellt',
      lead: 'Für dein Konto bei {{ appName }} wurde ein neuer Zugriffsschlüssel erstellt. Wer ihn besitzt, kann in deinem Namen handeln.',
    },
    access_key_removed: {
      subject: 'Ein Zugriffsschlüssel wurde entfernt',
      title: 'Zugriffsschlüssel entfernt',
      lead: 'Ein Zugriffsschlüssel deines Kontos bei {{ appName }} wurde entfernt.',
    },
    sign_in_locked: {
      subject: 'Zu viele falsche Codes',
      title: 'Codes sind vorübergehend gesperrt',
      lead: 'Für dein Konto bei {{ appName }} wurden zu viele falsche Codes eingegeben. Die Anmeldung mit einem Code ist für eine Weile gesperrt.',
    },
    new_device: {
      subject: 'Neue Anmeldung bei {{ appName }}',
      title: 'Neue Anmeldung',
      lead: 'Jemand hat sich mit einem uns unbekannten Gerät bei deinem Konto bei {{ appName }} angemeldet.',
    },
    session_replayed: {
      subject: 'Wir haben eine deiner Sitzungen beendet',
      title: 'Sitzung beendet',
      lead: 'Ein bereits benutzter Anmeldeschlüssel deines Kontos bei {{ appName }} ist ein zweites Mal aufgetaucht. Zur Sicherheit haben wir diese Sitzung beendet. Bitte melde dich neu an.',
    },
    account_deleted: {
      subject: 'Dein Konto wurde gelöscht',
      title: 'Konto gelöscht',
      lead: 'Dein Konto bei {{ appName }} wurde gelöscht.',
    },
  },
  smsCode: '{{ code }} ist dein Code für {{ appName }}. Gib ihn an niemanden weiter.',
  smsPhoneChanged:
    'Die Telefonnummer deines Kontos bei {{ appName }} wurde geändert. Wenn du das nicht warst, melde dich sofort bei uns.',
}
