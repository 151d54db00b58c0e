// What the server promises, on PostgreSQL. A miss fails the run only where `--enforce` asks for that.
const mega = 1024 * 1024

export const targets = {
  'sign-in': { about: 'sign-ins per second ≥ 0.8 of the raw hash rate', met: ({ ratio }) => ratio >= 0.8 },
  refresh: { about: 'refreshes per second ≥ 0.6 of the bare loop', met: ({ ratio }) => ratio >= 0.6 },
  user: { about: 'user reads per second ≥ 0.6 of the bare loop', met: ({ ratio }) => ratio >= 0.6 },
  overload: {
    about: 'user reads under 50 ms at p99 while ten times more sign-ins come than can be hashed',
    met: ({ p99, failed }) => p99 < 50 && failed === 0,
  },
  memory: { about: 'under 150 MB resident', met: ({ rss }) => rss === undefined || rss < 150 * mega },
}
