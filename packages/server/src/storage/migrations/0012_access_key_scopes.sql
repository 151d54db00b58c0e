-- How far personal access tokens reach, and the sessions they open: owners core/keys/access-keys and core/sessions.

-- absent: as far as a session does, save for the account's credentials
alter table auth.access_keys add column scopes text[];

-- a session ends with the token that opened it
alter table auth.sessions add column access_key_id uuid references auth.access_keys (id) on delete cascade;
alter table auth.sessions add column scopes text[];
create index sessions_access_key on auth.sessions (access_key_id) where access_key_id is not null;
