import type { Sentences } from '../sentences.ts'

export const fr: Sentences = {
  locale: 'fr',
  hello: 'Bonjour,',
  helloName: 'Bonjour {{ displayName }},',
  orCode: 'Ou saisissez ce code là où vous avez commencé :',
  onlyCode: 'Saisissez ce code là où vous avez commencé :',
  writtenLink: 'Si le bouton ne fonctionne pas, ouvrez cette adresse dans votre navigateur :',
  linkLifetime: 'Le lien ne fonctionne qu’une fois et reste valable {{ linkLifetime }}.',
  codeLifetime: 'Le code ne fonctionne qu’une fois et reste valable {{ codeLifetime }}.',
  neverShare: 'Ne communiquez ce code à personne. Nous ne vous le demanderons jamais.',
  ignore: 'Si vous n’êtes pas à l’origine de cette demande, ignorez ce message : rien ne changera.',
  notYou: 'Si ce n’était pas vous, changez immédiatement votre mot de passe et contactez-nous.',
  toTheSite: 'Aller sur {{ appName }}',
  colon: ' : ',
  when: 'Date',
  device: 'Appareil',
  ip: 'Adresse IP',
  actions: {
    sign_up: {
      subject: 'Confirmez votre adresse e-mail',
      title: 'Bienvenue sur {{ appName }}',
      lead: 'Veuillez confirmer que {{ email }} est bien votre adresse. Votre compte sera ensuite prêt.',
      button: 'Confirmer l’adresse',
    },
    sign_in: {
      subject: 'Connexion à {{ appName }}',
      title: 'Connexion à {{ appName }}',
      lead: 'Vous avez demandé à vous connecter à {{ appName }} sans mot de passe.',
      button: 'Se connecter',
    },
    recovery: {
      subject: 'Réinitialisez votre mot de passe',
      title: 'Réinitialiser votre mot de passe',
      lead: 'Vous avez demandé à choisir un nouveau mot de passe pour votre compte {{ appName }}.',
      button: 'Choisir un nouveau mot de passe',
    },
    invite: {
      subject: 'Votre invitation à rejoindre {{ appName }}',
      title: 'Vous avez reçu une invitation',
      lead: 'Vous avez reçu une invitation à créer un compte sur {{ appName }}.',
      button: 'Accepter l’invitation',
    },
    email_change: {
      subject: 'Confirmez votre nouvelle adresse e-mail',
      title: 'Confirmer votre nouvelle adresse',
      lead: 'Veuillez confirmer que {{ newEmail }} doit devenir la nouvelle adresse de votre compte {{ appName }}.',
      button: 'Confirmer la nouvelle adresse',
    },
    email_change_current: {
      subject: 'Confirmez le changement de votre adresse e-mail',
      title: 'Accepter le changement',
      lead: 'L’adresse de votre compte {{ appName }} doit devenir {{ newEmail }}. Veuillez confirmer que c’est bien ce que vous souhaitez.',
      button: 'Accepter le changement',
    },
    reauthentication: {
      subject: 'Votre code pour {{ appName }}',
      title: 'Est-ce bien vous ?',
      lead: 'Vous êtes sur le point de modifier un élément important de votre compte {{ appName }}.',
      button: 'Confirmer',
    },
  },
  notices: {
    already_registered: {
      subject: 'Vous avez déjà un compte',
      title: 'Vous avez déjà un compte',
      lead: 'Quelqu’un a tenté de créer un compte sur {{ appName }} avec cette adresse. Il en existe déjà un, et rien n’y a changé. Si c’était vous, connectez-vous, ou réinitialisez votre mot de passe si vous l’avez oublié.',
    },
    password_changed: {
      subject: 'Votre mot de passe a été modifié',
      title: 'Mot de passe modifié',
      lead: 'Le mot de passe de votre compte {{ appName }} a été modifié.',
    },
    email_changed: {
      subject: 'Votre adresse e-mail a été modifiée',
      title: 'Adresse modifiée',
      lead: 'L’adresse de votre compte {{ appName }} est désormais {{ maskedEmail }}. Ceci est le dernier message envoyé à l’ancienne.',
    },
    phone_changed: {
      subject: 'Votre numéro de téléphone a été modifié',
      title: 'Numéro de téléphone modifié',
      lead: 'Le numéro de téléphone de votre compte {{ appName }} a été modifié.',
    },
    recovery_finished: {
      subject: 'L’accès à votre compte a été rétabli',
      title: 'Accès rétabli',
      lead: 'Une personne ayant accès à cette boîte aux lettres a récupéré votre compte {{ appName }} et a pu choisir un nouveau mot de passe.',
    },
    identity_linked: {
      subject: 'Un moyen de connexion a été ajouté',
      title: 'Moyen de connexion ajouté',
      lead: 'Un compte{{#provider}} {{ provider }}{{/provider}} peut désormais servir à se connecter à {{ appName }}.',
    },
    identity_unlinked: {
      subject: 'Un moyen de connexion a été retiré',
      title: 'Moyen de connexion retiré',
      lead: 'Un compte{{#provider}} {{ provider }}{{/provider}} ne peut plus servir à se connecter à {{ appName }}.',
    },
    factor_added: {
      subject: 'Une seconde étape a été ajoutée',
      title: 'Seconde étape ajoutée',
      lead: 'Un nouveau facteur{{#factorType}} ({{ factorType }}){{/factorType}} protège désormais votre compte {{ appName }}.',
    },
    factor_removed: {
      subject: 'Une seconde étape a été retirée',
      title: 'Seconde étape retirée',
      lead: 'Un facteur{{#factorType}} ({{ factorType }}){{/factorType}} a été retiré de votre compte {{ appName }}.',
    },
    access_key_added: {
      subject: 'Une clé d’accès a été créée',
      title: 'Clé d’accès créée',
      lead: 'Une nouvelle clé d’accès à votre compte {{ appName }} a été créée. Quiconque la détient peut agir en votre nom.',
    },
    access_key_removed: {
      subject: 'Une clé d’accès a été supprimée',
      title: 'Clé d’accès supprimée',
      lead: 'Une clé d’accès à votre compte {{ appName }} a été supprimée.',
    },
    sign_in_locked: {
      subject: 'Trop de codes erronés',
      title: 'Codes suspendus',
      lead: 'Trop de codes erronés ont été saisis pour votre compte {{ appName }}. La connexion par code est suspendue pour quelque temps.',
    },
    new_device: {
      subject: 'Nouvelle connexion à {{ appName }}',
      title: 'Nouvelle connexion',
      lead: 'Quelqu’un s’est connecté à votre compte {{ appName }} depuis un appareil que nous ne connaissions pas.',
    },
    session_replayed: {
      subject: 'Nous avons mis fin à l’une de vos sessions',
      title: 'Session terminée',
      lead: 'Une clé de connexion déjà utilisée de votre compte {{ appName }} est réapparue. Par précaution, nous avons mis fin à cette session. Veuillez vous reconnecter.',
    },
    account_deleted: {
      subject: 'Votre compte a été supprimé',
      title: 'Compte supprimé',
      lead: 'Votre compte {{ appName }} a été supprimé.',
    },
  },
  smsCode: '{{ code }} est votre code pour {{ appName }}. Ne le communiquez à personne.',
  smsPhoneChanged:
    'Le numéro de téléphone de votre compte {{ appName }} a été modifié. Si ce n’était pas vous, contactez-nous immédiatement.',
}
