-- When an event was written, in the order of commits: its transaction, and the oldest one that was under way then. Whatever
-- is older had been committed by that time, or never will be: a stream that resumes needs no more of it.

alter table auth.user_events
  add column tx bigint not null default pg_current_xact_id()::text::bigint,
  add column horizon bigint not null default pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
