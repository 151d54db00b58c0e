-- Captcha solutions that were used: owner core/captcha/spent-solutions.

create table auth.spent_solutions (
  digest bytea primary key,
  ends_at timestamptz not null
);
create index spent_solutions_ends on auth.spent_solutions (ends_at);
