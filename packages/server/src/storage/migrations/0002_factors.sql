-- Second factors: owner core/factors.

create table auth.factors (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  -- totp, phone, webauthn or recovery_code
  type text not null,
  name text not null,
  -- unverified until it was proved once; only then does it protect
  status text not null,
  -- the seed of a TOTP factor, sealed
  secret bytea,
  phone text,
  -- the newest time step a TOTP factor was used with: none counts twice
  last_step bigint,
  -- recovery codes that are left: sealed digests
  codes bytea[] not null default '{}',
  codes_total integer,
  last_challenged_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index factors_user on auth.factors (user_id);
create unique index factors_recovery_codes on auth.factors (user_id) where type = 'recovery_code';
