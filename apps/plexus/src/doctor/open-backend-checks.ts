import { askRedis, openKafka } from '@plexus/service-adapters';
import { createLogger, createShell } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { checkRedis } from './check-redis.ts';
import { checkTopics } from './check-topics.ts';
import { good, warning } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Check } from './run-checks.ts';

/** Looks at Kafka and Redis, where the deployment has them. */
export function openBackendChecks(config: PlexusConfig): Check[] {
  const kafka: Check = {
    subject: 'Kafka',
    advice:
      'see that the brokers run, and that `topics.kafka.brokers`, `tls` and `sasl` are right: local sends go on meanwhile, nobody hears of them',
    run: () => lookAtKafka(config),
  };
  const redis: Check = {
    subject: 'Redis',
    advice: 'see that Redis runs, and that `cache.redis` is right: everything goes on meanwhile, more slowly',
    run: async () => checkRedis(await askRedis(config)),
  };
  return [
    config.topics.adapter === 'kafka'
      ? kafka
      : alone('topics', 'topics lie in the process: there can be one process only'),
    config.cache.adapter === 'redis'
      ? redis
      : alone('caches', 'caches lie in the process: there can be one process only'),
  ];
}

function alone(subject: string, text: string): Check {
  return { subject, advice: '', run: async () => [good(subject, text)] };
}

async function lookAtKafka(config: PlexusConfig): Promise<readonly Finding[]> {
  const logger = createLogger({ service: 'plexus', level: 'fatal' });
  const topics = openKafka(createShell({ name: 'plexus', config, logger }));
  try {
    const described = await topics.describe();
    const found = checkTopics(described);
    if (described.topics.length > 0) return found;
    return [...found, warning('Kafka', 'there are no topics yet', 'start the services: they make them')];
  } finally {
    await topics.close();
  }
}
