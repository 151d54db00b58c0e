import type { Documented } from '../../../world/documented-provider.ts'

export const windowslive: Documented = {
  id: 'windowslive',
  authorize: { path: '/oauth20_authorize.srf', scope: 'wl.basic wl.emails' },
  token: {
    path: '/oauth20_token.srf',
    auth: 'post',
    answer: () => ({ token_type: 'bearer', scope: 'wl.basic wl.emails', user_id: 'AAAA' }),
  },
  reads: {
    'GET /v5.0/me': {
      answer: ({ email }) => ({
        id: '8c8ce076ca27823f',
        name: 'Roberto Tamburello',
        first_name: 'Roberto',
        last_name: 'Tamburello',
        emails: { preferred: email, account: 'other@example.test', personal: null, business: null },
        locale: 'en_US',
      }),
    },
  },
  profile: { subject: '8c8ce076ca27823f', email: 'unverified', name: 'Roberto Tamburello' },
}
