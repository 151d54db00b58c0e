-- Events for live streams: owner core/events. Rows are written in the transaction of the change they tell of.

create table auth.user_events (
  seq bigint generated always as identity primary key,
  id uuid not null,
  at timestamptz not null,
  -- no references: an event outlives what it tells of
  user_id uuid not null,
  session_id uuid,
  type text not null,
  data jsonb not null default '{}'
);
create index user_events_user on auth.user_events (user_id, at);

-- Processes that have somebody to tell. Where there is none, writing an event wakes nobody.
create unlogged table auth.event_listeners (
  id uuid primary key,
  until timestamptz not null
);

-- Says whose events are new, and nothing else: what is told on a channel anybody connected can hear.
create function auth.wake_event_listeners() returns trigger language plpgsql as $$
begin
  if exists (select 1 from auth.event_listeners where until > now()) then
    perform pg_notify('watchword_events', added.user_id::text) from (select distinct user_id from added_events) added;
  end if;
  return null;
end
$$;
create trigger user_events_wake after insert on auth.user_events
  referencing new table as added_events
  for each statement execute function auth.wake_event_listeners();
