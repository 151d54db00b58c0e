-- Applications that people let act for them, what each was allowed, and what they ask for at the moment: owner core/clients.

create table auth.oauth_clients (
  id text primary key,
  name text not null,
  home_url text,
  logo_url text,
  -- how it proves itself: none, client_secret_basic, client_secret_post
  auth_method text not null,
  -- absent for a public one
  secret_digest bytea,
  redirect_uris text[] not null,
  grants text[] not null,
  scopes text[] not null,
  -- manual: an administrator made it; dynamic: it registered itself
  registration text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index oauth_clients_created on auth.oauth_clients (created_at desc, id desc);

create table auth.oauth_consents (
  user_id uuid not null references auth.users (id) on delete cascade,
  client_id text not null references auth.oauth_clients (id) on delete cascade,
  scopes text[] not null,
  -- what kind of access token was agreed to
  tokens text not null,
  granted_at timestamptz not null,
  primary key (user_id, client_id)
);
create index oauth_consents_client on auth.oauth_consents (client_id);

create table auth.oauth_requests (
  id uuid primary key,
  -- of the handle the person's browser carries
  handle_digest bytea not null,
  client_id text not null references auth.oauth_clients (id) on delete cascade,
  tokens text not null,
  redirect_uri text not null,
  scopes text[] not null,
  state text,
  nonce text,
  resource text,
  prompt text,
  code_challenge text not null,
  -- the first person who looked at it; nobody else may answer it
  user_id uuid references auth.users (id) on delete cascade,
  answered_at timestamptz,
  -- the session in which it was allowed: a code dies with it until it is exchanged
  session_id uuid references auth.sessions (id) on delete cascade,
  -- when whoever allowed it had proved who they are
  proved_at timestamptz,
  code_digest bytea,
  code_expires_at timestamptz,
  spent_at timestamptz,
  -- the session it opened, so that a second use can end it
  opened_session uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create unique index oauth_requests_handle on auth.oauth_requests (handle_digest);
create unique index oauth_requests_code on auth.oauth_requests (code_digest) where code_digest is not null;
create index oauth_requests_user on auth.oauth_requests (user_id) where user_id is not null;
create index oauth_requests_session on auth.oauth_requests (session_id) where session_id is not null;
create index oauth_requests_client on auth.oauth_requests (client_id);
create index oauth_requests_expires on auth.oauth_requests (expires_at);

-- Sessions of core/sessions that an application holds: which one, how far they reach, what kind of access token they give.
alter table auth.sessions
  add column client_id text references auth.oauth_clients (id) on delete cascade,
  add column client_scopes text[],
  add column client_tokens text;
create index sessions_client on auth.sessions (client_id, user_id) where client_id is not null;
