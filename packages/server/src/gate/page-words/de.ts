import type { PageWords } from './words.ts'

export const de: PageWords = {
  locale: 'de',
  link: {
    title: (app) => `Weiter zu ${app}`,
    lead: 'Du hast einen Link geöffnet, der dir geschickt wurde. Drücke die Schaltfläche, um weiterzumachen.',
    go: 'Weiter',
  },
  dead: {
    title: 'Dieser Link ist abgelaufen',
    lead: 'Er wurde schon benutzt, oder er ist zu alt. Bitte beginne dort von vorn, wo du ihn angefordert hast.',
  },
  toSite: (app) => `Zu ${app}`,
  connect: {
    title: (provider) => `${provider} verbinden?`,
    lead: (provider) => `Dein Konto bei ${provider} öffnet dann auch das Konto`,
    guest: (provider) => `Dein Konto bei ${provider} öffnet dann auch dein Gastkonto.`,
    notYours: 'Wenn das nicht deines ist, schließe diese Seite.',
    go: 'Verbinden',
  },
  closing: { title: 'Anmeldung läuft …', lead: 'Du kannst dieses Fenster schließen.', go: 'Weiter' },
  refused: {
    nothing: ['Hier ist nichts', 'Bitte prüfe die Adresse, oder geh dorthin zurück, wo du herkommst.'],
    often: ['Zu viele Versuche', 'Bitte warte ein wenig und versuche es dann noch einmal.'],
    fault: ['Etwas ist schiefgegangen', 'Es lag nicht an dir. Bitte versuche es in einer Weile noch einmal.'],
    other: ['Das hat nicht geklappt', 'Bitte geh zurück und beginne von vorn.'],
  },
}
