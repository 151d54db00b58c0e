-- What the sessions of applications rest on, and who acts in those of administrators: owner core/sessions.

-- of an application's session: what was proved in the session in which it was allowed. It ends where that one would
alter table auth.sessions add column rests_on jsonb;

create index sessions_actor on auth.sessions (actor_id) where actor_id is not null;
