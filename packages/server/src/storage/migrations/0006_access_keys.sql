-- Personal access tokens: owner core/keys/access-keys.

create table auth.access_keys (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  name text not null,
  hint text not null,
  digest bytea not null,
  metadata jsonb not null default '{}',
  expires_at timestamptz not null,
  last_used_at timestamptz,
  created_at timestamptz not null
);
create unique index access_keys_digest on auth.access_keys (digest);
create index access_keys_user on auth.access_keys (user_id, created_at desc, id desc);
create index access_keys_expires on auth.access_keys (expires_at);
