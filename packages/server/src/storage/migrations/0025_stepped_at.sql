-- When sessions stepped up: owner core/sessions.

-- when the tokens were last renewed by a step-up; access tokens from before it are worth what they were
alter table auth.sessions add column stepped_at timestamptz;
