import type { PageWords } from './words.ts'

export const es: PageWords = {
  locale: 'es',
  link: {
    title: (app) => `Continuar a ${app}`,
    lead: 'Has abierto un enlace que te enviamos. Pulsa el botón para continuar.',
    go: 'Continuar',
  },
  dead: {
    title: 'Este enlace ha caducado',
    lead: 'Ya se usó, o es demasiado antiguo. Vuelve a empezar donde lo pediste.',
  },
  toSite: (app) => `Ir a ${app}`,
  connect: {
    title: (provider) => `¿Conectar ${provider}?`,
    lead: (provider) => `A partir de ahora, tu cuenta de ${provider} abrirá también la cuenta`,
    guest: (provider) => `A partir de ahora, tu cuenta de ${provider} abrirá también tu cuenta de invitado.`,
    notYours: 'Si no es la tuya, cierra esta página.',
    go: 'Conectar',
  },
  closing: { title: 'Iniciando sesión …', lead: 'Puedes cerrar esta ventana.', go: 'Continuar' },
  refused: {
    nothing: ['Aquí no hay nada', 'Comprueba la dirección, o vuelve al lugar de donde vienes.'],
    often: ['Demasiados intentos', 'Espera un poco y vuelve a intentarlo.'],
    fault: ['Algo ha fallado', 'No ha sido culpa tuya. Vuelve a intentarlo dentro de un rato.'],
    other: ['No ha funcionado', 'Vuelve atrás y empieza de nuevo.'],
  },
}
