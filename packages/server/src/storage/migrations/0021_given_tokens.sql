-- When refresh tokens were handed out: owner core/sessions.

-- the last time it was given as the answer to the token before it, rounded up to the second; absent: once, when it was made
alter table auth.refresh_tokens add column given_at timestamptz;
