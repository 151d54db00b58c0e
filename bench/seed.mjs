import { hash } from '@node-rs/argon2'
import pg from 'pg'
import { idInSql, password, refreshTokenInSql } from './people.mjs'

/** The parameters every password is hashed with. */
export const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }

const statements = (hashed) => [
  [
    `insert into auth.users (id, email, email_confirmed_at, password_hash, password_changed_at, role, roles, default_role,
       display_name, locale, metadata, app_metadata, created_by, created_at, updated_at)
     select (${idInSql('8')})::uuid, 'person' || n || '@bench.test', now(), '${hashed}', now(), 'authenticated', '{user,me}',
       'user', 'Person ' || n, 'en', '{"full_name": "A Person", "theme": "dark"}', '{}',
       '{"dialect": "supabase", "way": "password"}', now() - interval '90 days' + n * interval '1 second', now()
     from generate_series($1::bigint, $2::bigint) n`,
    `insert into auth.identities (id, user_id, provider, subject, email, data, last_sign_in_at, created_at, updated_at)
     select (${idInSql('a')})::uuid, (${idInSql('8')})::uuid, 'email', (${idInSql('8')}), 'person' || n || '@bench.test',
       jsonb_build_object('sub', (${idInSql('8')}), 'email', 'person' || n || '@bench.test', 'email_verified', true), now(), now(), now()
     from generate_series($1::bigint, $2::bigint) n`,
    `insert into auth.sessions (id, user_id, dialect, aal, amr, proved_at, created_at, last_used_at, ends_at, user_agent, ip)
     select (${idInSql('9')})::uuid, (${idInSql('8')})::uuid, 'supabase', 'aal1',
       jsonb_build_array(jsonb_build_object('method', 'password', 'at', '2024-01-01T00:00:00.000Z', 'provider', null)),
       now(), now(), now(), now() + interval '100 days', 'bench/1', '10.0.0.1'
     from generate_series($1::bigint, $2::bigint) n`,
    `insert into auth.refresh_tokens (digest, session_id, created_at)
     select sha256(convert_to(${refreshTokenInSql}, 'UTF8')), (${idInSql('9')})::uuid, now()
     from generate_series($1::bigint, $2::bigint) n`,
  ],
]

/** Makes people 1 to `count`, each with a password, an identity, a session and its refresh token. */
export async function seed(url, count, say) {
  const hashed = await hash(password, argon2)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const chunk = 50_000
  for (let from = 1; from <= count; from += chunk) {
    const to = Math.min(count, from + chunk - 1)
    for (const statement of statements(hashed).flat()) await client.query(statement, [from, to])
    if (count > chunk) say(`seeded ${to} of ${count} people`)
  }
  for (const table of ['users', 'identities', 'sessions', 'refresh_tokens']) {
    await client.query(`vacuum analyze auth.${table}`)
  }
  await client.query('checkpoint')
  await client.end()
}
