-- What sessions were before they stepped up: owner core/sessions.

-- on the token that a step-up made: level, proofs and the time of the last one as they were before it. Tokens that were on
-- their way then name it as their successor, and lead back to that
alter table auth.refresh_tokens add column stepped_from jsonb;
