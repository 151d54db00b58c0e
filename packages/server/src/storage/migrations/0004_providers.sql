-- Signing in with accounts elsewhere: providers as administrators have set them, and their tokens. Owner: core/providers.

create table auth.providers (
  id uuid primary key,
  -- `google` for what differs from the configuration, `custom:acme` for one of the administrator's own
  name text not null,
  kind text not null,
  settings jsonb not null,
  client_secret bytea,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index providers_name on auth.providers (name);

create table auth.provider_tokens (
  identity_id uuid primary key references auth.identities (id) on delete cascade,
  access_token bytea not null,
  refresh_token bytea,
  scopes text[] not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
