import type { Sentences } from '../sentences.ts'

export const es: Sentences = {
  locale: 'es',
  hello: 'Hola:',
  helloName: 'Hola, {{ displayName }}:',
  orCode: 'O introduce este código donde empezaste:',
  onlyCode: 'Introduce este código donde empezaste:',
  writtenLink: 'Si el botón no funciona, abre esta dirección en tu navegador:',
  linkLifetime: 'El enlace funciona una sola vez y es válido durante {{ linkLifetime }}.',
  codeLifetime: 'El código funciona una sola vez y es válido durante {{ codeLifetime }}.',
  neverShare: 'No compartas el código con nadie. Nunca te lo pediremos.',
  ignore: 'Si no has sido tú, ignora este mensaje: no cambiará nada.',
  notYou: 'Si no has sido tú, cambia tu contraseña de inmediato y ponte en contacto con nosotros.',
  toTheSite: 'Ir a {{ appName }}',
  colon: ': ',
  when: 'Fecha',
  device: 'Dispositivo',
  ip: 'Dirección IP',
  actions: {
    sign_up: {
      subject: 'Confirma tu correo electrónico',
      title: 'Te damos la bienvenida a {{ appName }}',
      lead: 'Confirma que {{ email }} es tu dirección. Después, tu cuenta estará lista.',
      button: 'Confirmar dirección',
    },
    sign_in: {
      subject: 'Inicia sesión en {{ appName }}',
      title: 'Inicia sesión en {{ appName }}',
      lead: 'Has pedido iniciar sesión en {{ appName }} sin contraseña.',
      button: 'Iniciar sesión',
    },
    recovery: {
      subject: 'Restablece tu contraseña',
      title: 'Restablece tu contraseña',
      lead: 'Has pedido elegir una contraseña nueva para tu cuenta de {{ appName }}.',
      button: 'Elegir contraseña nueva',
    },
    invite: {
      subject: 'Tienes una invitación a {{ appName }}',
      title: 'Tienes una invitación',
      lead: 'Has recibido una invitación para crear una cuenta en {{ appName }}.',
      button: 'Aceptar invitación',
    },
    email_change: {
      subject: 'Confirma tu nuevo correo electrónico',
      title: 'Confirma tu nueva dirección',
      lead: 'Confirma que {{ newEmail }} debe ser la nueva dirección de tu cuenta de {{ appName }}.',
      button: 'Confirmar nueva dirección',
    },
    email_change_current: {
      subject: 'Confirma el cambio de tu correo electrónico',
      title: 'Acepta el cambio',
      lead: 'La dirección de tu cuenta de {{ appName }} pasará a ser {{ newEmail }}. Confirma que es lo que deseas.',
      button: 'Aceptar el cambio',
    },
    reauthentication: {
      subject: 'Tu código para {{ appName }}',
      title: '¿Eres tú?',
      lead: 'Estás a punto de cambiar algo importante en tu cuenta de {{ appName }}.',
      button: 'Confirmar',
    },
  },
  notices: {
    already_registered: {
      subject: 'Ya tienes una cuenta',
      title: 'Ya tienes una cuenta',
      lead: 'Alguien ha intentado crear una cuenta en {{ appName }} con esta dirección. Ya existe una y no ha cambiado nada en ella. Si has sido tú, inicia sesión o restablece tu contraseña si la has olvidado.',
    },
    password_changed: {
      subject: 'Tu contraseña ha cambiado',
      title: 'Contraseña cambiada',
      lead: 'Se ha cambiado la contraseña de tu cuenta de {{ appName }}.',
    },
    email_changed: {
      subject: 'Tu correo electrónico ha cambiado',
      title: 'Dirección cambiada',
      lead: 'La dirección de tu cuenta de {{ appName }} es ahora {{ maskedEmail }}. Este es el último mensaje a la anterior.',
    },
    phone_changed: {
      subject: 'Tu número de teléfono ha cambiado',
      title: 'Número de teléfono cambiado',
      lead: 'Se ha cambiado el número de teléfono de tu cuenta de {{ appName }}.',
    },
    recovery_finished: {
      subject: 'Tu cuenta se ha recuperado',
      title: 'Cuenta recuperada',
      lead: 'Alguien con acceso a este buzón ha recuperado tu cuenta de {{ appName }} y ha podido elegir una contraseña nueva.',
    },
    identity_linked: {
      subject: 'Se ha añadido una forma de iniciar sesión',
      title: 'Forma de iniciar sesión añadida',
      lead: 'Una cuenta{{#provider}} de {{ provider }}{{/provider}} ya puede usarse para iniciar sesión en {{ appName }}.',
    },
    identity_unlinked: {
      subject: 'Se ha eliminado una forma de iniciar sesión',
      title: 'Forma de iniciar sesión eliminada',
      lead: 'Una cuenta{{#provider}} de {{ provider }}{{/provider}} ya no puede usarse para iniciar sesión en {{ appName }}.',
    },
    factor_added: {
      subject: 'Se ha añadido un segundo paso',
      title: 'Segundo paso añadido',
      lead: 'Un nuevo factor{{#factorType}} ({{ factorType }}){{/factorType}} protege ahora tu cuenta de {{ appName }}.',
    },
    factor_removed: {
      subject: 'Se ha eliminado un segundo paso',
      title: 'Segundo paso eliminado',
      lead: 'Se ha eliminado un factor{{#factorType}} ({{ factorType }}){{/factorType}} de tu cuenta de {{ appName }}.',
    },
    access_key_added: {
      subject: 'Se ha creado una clave de acceso',
      title: 'Clave de acceso creada',
      lead: 'Se ha creado una nueva clave de acceso a tu cuenta de {{ appName }}. Quien la tenga puede actuar en tu nombre.',
    },
    access_key_removed: {
      subject: 'Se ha eliminado una clave de acceso',
      title: 'Clave de acceso eliminada',
      lead: 'Se ha eliminado una clave de acceso a tu cuenta de {{ appName }}.',
    },
    sign_in_locked: {
      subject: 'Demasiados códigos incorrectos',
      title: 'Códigos en pausa',
      lead: 'Se han introducido demasiados códigos incorrectos en tu cuenta de {{ appName }}. El inicio de sesión con código queda cerrado durante un tiempo.',
    },
    new_device: {
      subject: 'Nuevo inicio de sesión en {{ appName }}',
      title: 'Nuevo inicio de sesión',
      lead: 'Alguien ha iniciado sesión en tu cuenta de {{ appName }} desde un dispositivo que no conocíamos.',
    },
    session_replayed: {
      subject: 'Hemos cerrado una de tus sesiones',
      title: 'Sesión cerrada',
      lead: 'Una clave de sesión ya usada de tu cuenta de {{ appName }} ha aparecido por segunda vez. Por seguridad, hemos cerrado esa sesión. Vuelve a iniciar sesión.',
    },
    account_deleted: {
      subject: 'Tu cuenta se ha eliminado',
      title: 'Cuenta eliminada',
      lead: 'Se ha eliminado tu cuenta de {{ appName }}.',
    },
  },
  smsCode: '{{ code }} es tu código para {{ appName }}. No lo compartas con nadie.',
  smsPhoneChanged:
    'El número de teléfono de tu cuenta en {{ appName }} ha cambiado. Si no has sido tú, avísanos enseguida.',
}
