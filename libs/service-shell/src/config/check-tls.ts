import type { ConfigProblem } from './config-error.ts';
import type { PlexusConfig } from './plexus-config.ts';

/** What a secure connection demands beyond the schema of its group. */
export function checkTls({ database, topics, cache }: PlexusConfig): ConfigProblem[] {
  const groups = {
    'database.tls': database.tls,
    'topics.kafka.tls': topics.kafka.tls,
    'cache.redis.tls': cache.redis.tls,
  };
  const halves = Object.entries(groups).filter(([, tls]) => (tls?.cert === undefined) !== (tls?.key === undefined));
  return [
    ...halves.map(([path]) => ({ path, reason: 'cert and key belong together' })),
    ...(database.tls === undefined ? [] : checkUrls(database)),
  ];
}

/** What a URL says about TLS would win over the group without a word. */
function checkUrls({ url, rooms_url, accounts_url }: PlexusConfig['database']): ConfigProblem[] {
  const written = Object.entries({ url, rooms_url, accounts_url }).filter(([, secret]) => secret !== undefined);
  if (written.length === 0)
    return [{ path: 'database.tls', reason: 'is for a Postgres of your own, and no URL is given' }];
  return written
    .filter(([, secret]) => /[?&]ssl[a-z]*=/.test(secret?.reveal() ?? ''))
    .map(([name]) => ({
      path: `database.${name}`,
      reason: 'says something about TLS, and database.tls does too: keep one',
    }));
}
