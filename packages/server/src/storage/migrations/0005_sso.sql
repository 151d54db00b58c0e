-- Signing in through an organisation's own identity provider (SAML 2.0). Owner of all three: core/sso.

create table auth.sso_providers (
  id uuid primary key,
  -- what an administrator's own tools call it
  resource_id text,
  entity_id text not null,
  metadata_xml text not null,
  metadata_url text,
  attribute_mapping jsonb not null default '{}',
  name_id_format text,
  enabled boolean not null,
  -- whether it may send people who did not begin here
  allow_unsolicited boolean not null default false,
  -- when its metadata was last asked for, whatever came of it
  metadata_checked_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index sso_providers_entity on auth.sso_providers (entity_id);
create unique index sso_providers_resource on auth.sso_providers (resource_id) where resource_id is not null;

create table auth.sso_domains (
  domain text primary key,
  provider_id uuid not null references auth.sso_providers (id) on delete cascade,
  created_at timestamptz not null
);
create index sso_domains_provider on auth.sso_domains (provider_id);

-- The key that requests are signed with, unless one is configured. There is one.
create table auth.sso_keys (
  one boolean primary key default true check (one),
  private_key bytea not null,
  created_at timestamptz not null
);
