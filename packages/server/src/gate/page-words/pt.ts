import type { PageWords } from './words.ts'

export const pt: PageWords = {
  locale: 'pt',
  link: {
    title: (app) => `Continuar para ${app}`,
    lead: 'Você abriu um link que lhe foi enviado. Toque no botão para continuar.',
    go: 'Continuar',
  },
  dead: {
    title: 'Este link expirou',
    lead: 'Ele já foi usado ou é antigo demais. Comece de novo onde você o pediu.',
  },
  toSite: (app) => `Ir para ${app}`,
  connect: {
    title: (provider) => `Conectar ${provider}?`,
    lead: (provider) => `A partir de agora, sua conta ${provider} abrirá também a conta`,
    guest: (provider) => `A partir de agora, sua conta ${provider} abrirá também sua conta de convidado.`,
    notYours: 'Se ela não for sua, feche esta página.',
    go: 'Conectar',
  },
  closing: { title: 'Entrando …', lead: 'Você pode fechar esta janela.', go: 'Continuar' },
  refused: {
    nothing: ['Não há nada aqui', 'Verifique o endereço ou volte para onde você estava.'],
    often: ['Tentativas demais', 'Espere um pouco e tente de novo.'],
    fault: ['Algo deu errado', 'Não foi culpa sua. Tente de novo daqui a pouco.'],
    other: ['Não funcionou', 'Volte e comece de novo.'],
  },
}
