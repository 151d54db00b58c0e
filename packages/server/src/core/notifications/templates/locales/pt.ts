import type { Sentences } from '../sentences.ts'

export const pt: Sentences = {
  locale: 'pt',
  hello: 'Olá,',
  helloName: 'Olá, {{ displayName }},',
  orCode: 'Ou digite este código onde você começou:',
  onlyCode: 'Digite este código onde você começou:',
  writtenLink: 'Se o botão não funcionar, abra este endereço no seu navegador:',
  linkLifetime: 'O link funciona uma única vez e é válido por {{ linkLifetime }}.',
  codeLifetime: 'O código funciona uma única vez e é válido por {{ codeLifetime }}.',
  neverShare: 'Não compartilhe o código com ninguém. Nunca vamos pedi-lo a você.',
  ignore: 'Se não foi você, ignore esta mensagem: nada vai mudar.',
  notYou: 'Se não foi você, altere sua senha imediatamente e entre em contato conosco.',
  toTheSite: 'Ir para {{ appName }}',
  colon: ': ',
  when: 'Data',
  device: 'Dispositivo',
  ip: 'Endereço IP',
  actions: {
    sign_up: {
      subject: 'Confirme seu endereço de e-mail',
      title: 'Boas-vindas ao {{ appName }}',
      lead: 'Confirme que {{ email }} é o seu endereço. Depois disso, sua conta estará pronta.',
      button: 'Confirmar endereço',
    },
    sign_in: {
      subject: 'Entrar em {{ appName }}',
      title: 'Entrar em {{ appName }}',
      lead: 'Você pediu para entrar em {{ appName }} sem senha.',
      button: 'Entrar',
    },
    recovery: {
      subject: 'Redefina sua senha',
      title: 'Redefina sua senha',
      lead: 'Você pediu para escolher uma nova senha para a sua conta em {{ appName }}.',
      button: 'Escolher nova senha',
    },
    invite: {
      subject: 'Seu convite para {{ appName }}',
      title: 'Você recebeu um convite',
      lead: 'Você recebeu um convite para criar uma conta em {{ appName }}.',
      button: 'Aceitar convite',
    },
    email_change: {
      subject: 'Confirme seu novo endereço de e-mail',
      title: 'Confirme seu novo endereço',
      lead: 'Confirme que {{ newEmail }} deve ser o novo endereço da sua conta em {{ appName }}.',
      button: 'Confirmar novo endereço',
    },
    email_change_current: {
      subject: 'Confirme a alteração do seu endereço de e-mail',
      title: 'Concorde com a alteração',
      lead: 'O endereço da sua conta em {{ appName }} passará a ser {{ newEmail }}. Confirme que é isso que você deseja.',
      button: 'Concordar com a alteração',
    },
    reauthentication: {
      subject: 'Seu código para {{ appName }}',
      title: 'É você?',
      lead: 'Você está prestes a alterar algo importante na sua conta em {{ appName }}.',
      button: 'Confirmar',
    },
  },
  notices: {
    already_registered: {
      subject: 'Você já tem uma conta',
      title: 'Você já tem uma conta',
      lead: 'Alguém tentou criar uma conta em {{ appName }} com este endereço. Já existe uma, e nada mudou nela. Se foi você, entre na sua conta ou redefina a senha, caso a tenha esquecido.',
    },
    password_changed: {
      subject: 'Sua senha foi alterada',
      title: 'Senha alterada',
      lead: 'A senha da sua conta em {{ appName }} foi alterada.',
    },
    email_changed: {
      subject: 'Seu endereço de e-mail foi alterado',
      title: 'Endereço alterado',
      lead: 'O endereço da sua conta em {{ appName }} agora é {{ maskedEmail }}. Esta é a última mensagem enviada ao antigo.',
    },
    phone_changed: {
      subject: 'Seu número de telefone foi alterado',
      title: 'Número de telefone alterado',
      lead: 'O número de telefone da sua conta em {{ appName }} foi alterado.',
    },
    recovery_finished: {
      subject: 'Sua conta foi recuperada',
      title: 'Conta recuperada',
      lead: 'Alguém com acesso a esta caixa de e-mail recuperou a sua conta em {{ appName }} e pôde escolher uma nova senha.',
    },
    identity_linked: {
      subject: 'Uma forma de entrar foi adicionada',
      title: 'Forma de entrar adicionada',
      lead: 'Uma conta{{#provider}} {{ provider }}{{/provider}} agora pode ser usada para entrar em {{ appName }}.',
    },
    identity_unlinked: {
      subject: 'Uma forma de entrar foi removida',
      title: 'Forma de entrar removida',
      lead: 'Uma conta{{#provider}} {{ provider }}{{/provider}} não pode mais ser usada para entrar em {{ appName }}.',
    },
    factor_added: {
      subject: 'Uma segunda etapa foi adicionada',
      title: 'Segunda etapa adicionada',
      lead: 'Um novo fator{{#factorType}} ({{ factorType }}){{/factorType}} agora protege a sua conta em {{ appName }}.',
    },
    factor_removed: {
      subject: 'Uma segunda etapa foi removida',
      title: 'Segunda etapa removida',
      lead: 'Um fator{{#factorType}} ({{ factorType }}){{/factorType}} foi removido da sua conta em {{ appName }}.',
    },
    access_key_added: {
      subject: 'Uma chave de acesso foi criada',
      title: 'Chave de acesso criada',
      lead: 'Uma nova chave de acesso à sua conta em {{ appName }} foi criada. Quem a possui pode agir em seu nome.',
    },
    access_key_removed: {
      subject: 'Uma chave de acesso foi removida',
      title: 'Chave de acesso removida',
      lead: 'Uma chave de acesso à sua conta em {{ appName }} foi removida.',
    },
    sign_in_locked: {
      subject: 'Códigos incorretos em excesso',
      title: 'Códigos em pausa',
      lead: 'Muitos códigos incorretos foram digitados para a sua conta em {{ appName }}. A entrada por código está fechada por algum tempo.',
    },
    new_device: {
      subject: 'Novo acesso a {{ appName }}',
      title: 'Novo acesso',
      lead: 'Alguém entrou na sua conta em {{ appName }} a partir de um dispositivo que não conhecíamos.',
    },
    session_replayed: {
      subject: 'Encerramos uma das suas sessões',
      title: 'Sessão encerrada',
      lead: 'Uma chave de sessão já usada da sua conta em {{ appName }} apareceu pela segunda vez. Por segurança, encerramos essa sessão. Entre novamente.',
    },
    account_deleted: {
      subject: 'Sua conta foi excluída',
      title: 'Conta excluída',
      lead: 'A sua conta em {{ appName }} foi excluída.',
    },
  },
  smsCode: '{{ code }} é o seu código para {{ appName }}. Não o compartilhe com ninguém.',
  smsPhoneChanged:
    'O número de telefone da sua conta em {{ appName }} foi alterado. Se não foi você, fale conosco imediatamente.',
}
