-- WebAuthn credentials: owner core/passkeys. Each belongs to one factor: `webauthn` where it protects the account as a
-- second factor, `passkey` where it signs in and protects nothing.

create table auth.passkeys (
  factor_id uuid primary key references auth.factors (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  credential_id bytea not null,
  -- COSE_Key
  public_key bytea not null,
  sign_count bigint not null,
  transports text[] not null,
  aaguid uuid,
  backup_eligible boolean not null,
  backed_up boolean not null,
  -- whether it may sign in alone
  signs_in boolean not null,
  created_at timestamptz not null
);
create unique index passkeys_credential on auth.passkeys (credential_id);
create index passkeys_user on auth.passkeys (user_id);
