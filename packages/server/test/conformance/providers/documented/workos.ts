import type { Documented } from '../../../world/documented-provider.ts'

export const workos: Documented = {
  id: 'workos',
  authorize: {
    path: '/sso/authorize',
    scope: null,
    asked: { connection: 'conn_01E4ZCR3C56J083X43JQXF3JK5' },
    params: { connection: 'conn_01E4ZCR3C56J083X43JQXF3JK5' },
  },
  token: {
    path: '/sso/token',
    auth: 'post',
    pkce: false,
    answer: ({ email }) => ({
      profile: {
        object: 'profile',
        id: 'prof_01DMC79VCBZ0NY2099737PSVF1',
        organization_id: 'org_01EHWNCE74X7JSDV0X3SZ3KJNY',
        connection_id: 'conn_01E4ZCR3C56J083X43JQXF3JK5',
        connection_type: 'OktaSAML',
        idp_id: '00u1a0ufowBJlzPlk357',
        email,
        first_name: 'Todd',
        last_name: 'Rundgren',
        raw_attributes: {},
      },
    }),
  },
  profile: { subject: 'prof_01DMC79VCBZ0NY2099737PSVF1', email: 'unverified', name: 'Todd Rundgren' },
}
