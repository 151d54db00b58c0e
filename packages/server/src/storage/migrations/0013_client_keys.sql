-- What publishable keys ask for: owner core/keys/api-keys.

-- whoever comes with the key must be signed in where that is possible at all
alter table auth.api_keys add column needs_session boolean not null default false;
