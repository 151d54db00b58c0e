import type { PageWords } from './words.ts'

export const fr: PageWords = {
  locale: 'fr',
  link: {
    title: (app) => `Continuer vers ${app}`,
    lead: 'Vous avez ouvert un lien qui vous a été envoyé. Appuyez sur le bouton pour continuer.',
    go: 'Continuer',
  },
  dead: {
    title: 'Ce lien a expiré',
    lead: 'Il a déjà été utilisé, ou il est trop ancien. Veuillez recommencer là où vous l’avez demandé.',
  },
  toSite: (app) => `Aller sur ${app}`,
  connect: {
    title: (provider) => `Associer ${provider} ?`,
    lead: (provider) => `Désormais, votre compte ${provider} ouvrira aussi le compte`,
    guest: (provider) => `Désormais, votre compte ${provider} ouvrira aussi votre compte invité.`,
    notYours: 'Si ce n’est pas le vôtre, fermez cette page.',
    go: 'Associer',
  },
  closing: { title: 'Connexion …', lead: 'Vous pouvez fermer cette fenêtre.', go: 'Continuer' },
  refused: {
    nothing: ['Il n’y a rien ici', 'Vérifiez l’adresse, ou revenez là d’où vous venez.'],
    often: ['Trop de tentatives', 'Veuillez patienter un peu, puis réessayer.'],
    fault: ['Une erreur s’est produite', 'Vous n’y êtes pour rien. Veuillez réessayer dans un moment.'],
    other: ['Cela n’a pas fonctionné', 'Veuillez revenir en arrière et recommencer.'],
  },
}
