-- Accounts, sessions, one-time tickets, keys, audit and outbox. Each table has one owner room in core/.

create table auth.users (
  id uuid primary key,
  email text,
  phone text,
  email_confirmed_at timestamptz,
  phone_confirmed_at timestamptz,
  pending_email text,
  pending_phone text,
  password_hash text,
  password_changed_at timestamptz,
  role text not null,
  roles text[] not null,
  default_role text not null,
  display_name text not null default '',
  avatar_url text,
  locale text not null,
  metadata jsonb not null default '{}',
  app_metadata jsonb not null default '{}',
  is_anonymous boolean not null default false,
  is_sso boolean not null default false,
  banned_until timestamptz,
  deleted_at timestamptz,
  invited_at timestamptz,
  confirmation_sent_at timestamptz,
  recovery_sent_at timestamptz,
  email_change_sent_at timestamptz,
  phone_change_sent_at timestamptz,
  reauthentication_sent_at timestamptz,
  last_sign_in_at timestamptz,
  created_by jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index users_email on auth.users (email) where not is_sso;
create unique index users_phone on auth.users (phone) where not is_sso;
create index users_created on auth.users (created_at desc, id desc);
create index users_last_sign_in on auth.users (last_sign_in_at desc nulls last, id desc);
create index users_email_prefix on auth.users (email text_pattern_ops);
create index users_name_prefix on auth.users (lower(display_name) text_pattern_ops);
create index users_anonymous on auth.users (updated_at) where is_anonymous;

create table auth.identities (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  provider text not null,
  subject text not null,
  email text,
  data jsonb not null default '{}',
  last_sign_in_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index identities_subject on auth.identities (provider, subject);
create index identities_user on auth.identities (user_id);
create index identities_email on auth.identities (email) where email is not null;

create table auth.sessions (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  dialect text not null,
  aal text not null,
  amr jsonb not null,
  proved_at timestamptz not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  ends_at timestamptz not null,
  user_agent text,
  ip text,
  actor_id text
);
create index sessions_user on auth.sessions (user_id, last_used_at desc);
create index sessions_ends on auth.sessions (ends_at);

create table auth.refresh_tokens (
  digest bytea primary key,
  session_id uuid not null references auth.sessions (id) on delete cascade,
  -- the token this one came from; absent for the first of a session
  parent bytea,
  -- what its successor is derived with, once it has one
  successor_salt bytea,
  successor bytea,
  used_at timestamptz,
  -- replaced without ever having been used: whoever presents it did not get it from us lawfully
  void boolean not null default false,
  created_at timestamptz not null
);
create index refresh_tokens_session on auth.refresh_tokens (session_id);

create table auth.tickets (
  id uuid primary key,
  purpose text not null,
  -- whose: a user id, or the keyed digest of an address that nobody owns
  subject text not null,
  user_id uuid references auth.users (id) on delete cascade,
  session_id uuid references auth.sessions (id) on delete cascade,
  -- keyed digest of the address it was sent to and proves
  address_key text,
  link_digest bytea,
  code_digest bytea,
  attempt_digests bytea[] not null default '{}',
  return_digest bytea,
  -- the mailed ticket a return code stands for
  parent_id uuid references auth.tickets (id) on delete cascade,
  payload jsonb not null default '{}',
  misses integer not null default 0,
  code_expires_at timestamptz,
  expires_at timestamptz not null,
  link_opened_at timestamptz,
  created_at timestamptz not null,
  spent_at timestamptz,
  -- the session it opened, so that a second use can end it
  opened_session uuid
);
create unique index tickets_subject on auth.tickets (subject, purpose) where parent_id is null;
create unique index tickets_link on auth.tickets (link_digest) where link_digest is not null;
create unique index tickets_return on auth.tickets (return_digest) where return_digest is not null;
create index tickets_attempt on auth.tickets using gin (attempt_digests);
create index tickets_address on auth.tickets (address_key, purpose) where address_key is not null;
create index tickets_user on auth.tickets (user_id) where user_id is not null;
create index tickets_session on auth.tickets (session_id) where session_id is not null;
create index tickets_parent on auth.tickets (parent_id) where parent_id is not null;
create index tickets_expires on auth.tickets (expires_at);

create table auth.signing_keys (
  kid text primary key,
  algorithm text not null,
  public_jwk jsonb,
  private_jwk bytea not null,
  created_at timestamptz not null,
  -- signs from here on; published before, so that verifiers have it when it does
  signs_from timestamptz not null,
  -- verifies until here; absent while it is the newest
  retires_at timestamptz,
  revoked_at timestamptz
);

create table auth.api_keys (
  id uuid primary key,
  kind text not null,
  name text not null,
  hint text not null,
  digest bytea not null,
  scopes text[] not null,
  origins text[] not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null
);
create unique index api_keys_digest on auth.api_keys (digest);

create table auth.audit_events (
  id uuid primary key,
  at timestamptz not null,
  action text not null,
  result text not null,
  code text,
  request_id uuid,
  user_id uuid,
  session_id uuid,
  actor_type text not null,
  actor_id text,
  target_type text,
  target_id text,
  dialect text,
  ip text,
  user_agent text,
  details jsonb not null default '{}'
);
create index audit_events_at on auth.audit_events (at desc, id desc);
create index audit_events_user on auth.audit_events (user_id, at desc, id desc);
create index audit_events_action on auth.audit_events (action text_pattern_ops, at desc);

-- What happened stays written. The one change allowed takes address and device out of the events of a deleted account.
create function auth.audit_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('watchword.forget', true) = 'on' then
    new := old;
    new.ip := null;
    new.user_agent := null;
    return new;
  end if;
  raise exception 'audit events are never changed' using errcode = '42501';
end
$$;
create trigger audit_events_append_only before update or delete on auth.audit_events
  for each row execute function auth.audit_is_append_only();
create trigger audit_events_no_truncate before truncate on auth.audit_events
  for each statement execute function auth.audit_is_append_only();

create table auth.outbox (
  id uuid primary key,
  channel text not null,
  template text not null,
  payload bytea,
  state text not null,
  attempts integer not null default 0,
  next_at timestamptz not null,
  locked_until timestamptz,
  last_error text,
  user_id uuid,
  created_at timestamptz not null,
  sent_at timestamptz
);
create index outbox_waiting on auth.outbox (next_at) where state = 'waiting';
create index outbox_created on auth.outbox (created_at desc, id desc);

-- Request counters are worth nothing after a crash and cost no log; guesses must outlive one.
create unlogged table auth.rate_counters (
  key text primary key,
  count integer not null,
  window_ends_at timestamptz not null
);
create index rate_counters_ends on auth.rate_counters (window_ends_at);
create table auth.guess_counters (
  key text primary key,
  count integer not null,
  window_ends_at timestamptz not null
);
create index guess_counters_ends on auth.guess_counters (window_ends_at);

create table auth.idempotency_keys (
  key bytea primary key,
  request_digest bytea not null,
  answer bytea,
  created_at timestamptz not null
);
create index idempotency_keys_created on auth.idempotency_keys (created_at);

-- For row-level security policies: who the current request speaks for, from the claims its gateway has set.
create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'))
$$;
create function auth.email() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'))
$$;
-- Policies run with the rights of whoever asks: they must be able to reach these functions, and no table with them.
grant usage on schema auth to public;
