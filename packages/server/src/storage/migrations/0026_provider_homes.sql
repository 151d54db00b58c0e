-- Where the accounts under a provider's name come from: its issuer, or what stands for one. Owner: core/providers/provider-homes.
-- Absent for a provider that nobody has asked about since: then it is where it stands when it is first asked.

create table auth.provider_homes (
  provider text primary key,
  home text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
