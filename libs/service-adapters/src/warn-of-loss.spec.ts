import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { expect, it } from 'vitest';
import { findLosses } from './warn-of-loss.ts';

function configOf(text: string): PlexusConfig {
  return loadConfigText(`servers: []\n${text}`, readEnvironment({}));
}

function postgres(standbys: string, waits = 'on') {
  const text = JSON.stringify([{ standbys, waits }]);
  return [{ run: async <Row extends object>(): Promise<Row[]> => JSON.parse(text) }];
}

const kafka = (copies: number, replication = 'asynchronous'): PlexusConfig =>
  configOf(
    `database: { url: 'postgres://x', replication: ${replication} }\ntopics: { adapter: kafka, kafka: { brokers: ['a:1'], replication_factor: ${copies} } }\ncache: { adapter: redis, redis: { url: 'redis://x' } }\nrpc: { adapter: grpc, grpc: { advertised_host: here } }`,
  );

it('finds nothing where each server has a substitute', async () => {
  expect(await findLosses(kafka(3), postgres('standby'))).toEqual([]);
});

it('names what has none', async () => {
  expect(await findLosses(kafka(1), postgres(''))).toEqual([
    expect.stringContaining('Kafka keeps 1 copies'),
    expect.stringContaining('can lose what was acknowledged'),
  ]);
  expect(await findLosses(kafka(3), postgres('standby', 'local'))).toHaveLength(1);
});

it('names what is promised and not so', async () => {
  expect(await findLosses(kafka(3, 'synchronous'), postgres(''))).toEqual([expect.stringContaining('noticed')]);
});

it('expects no substitutes of a single process', async () => {
  expect(await findLosses(configOf(''), [])).toEqual([]);
});
