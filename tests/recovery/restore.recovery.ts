import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { eventsOf, joinedRoomsOf, textIn } from './support/room-view.ts';
import { checkPublished, readPublished } from './support/read-published.ts';
import { isFull } from './support/settings.ts';

let deployment: Deployment | undefined;
let http: MatrixHttp | undefined;
let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'plexus-backups-'));
});
afterEach(async () => {
  http?.close();
  await deployment?.dispose();
  await rm(parent, { recursive: true, force: true });
  [deployment, http] = [undefined, undefined];
});

const TEN_MINUTES = 600_000;
const WITHIN_MS = 60_000;
const modes: readonly ('embedded' | 'distributed')[] = isFull ? ['embedded', 'distributed'] : ['embedded'];

describe('plexus restore', () => {
  it.each(modes)('brings back what was backed up, in the %s mode', { timeout: TEN_MINUTES }, async (mode) => {
    const launched = mode === 'embedded' ? await launchEmbedded() : await launchCluster({ services: [...few] });
    deployment = launched;
    http = new MatrixHttp(launched);
    const alice = await http.register('alice');
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await alice.send(roomId, 'before');
    const before = textIn(await alice.sync(), 'next_batch') ?? '';
    const folder = join(parent, 'backup');
    expect(await launched.command(['backup', folder])).toMatch(/^Backed up \d+ rows/);
    await alice.send(roomId, 'after');
    const bob = await http.register('bob');
    await bob.join(roomId);
    const late = textIn(await alice.sync({ since: before }), 'next_batch') ?? '';
    await Promise.all(launched.services.map((service) => service.stop()));
    await emptyDatabase(launched);
    expect(await launched.command(['restore', folder])).toMatch(/goes on in generation \d+/);
    await Promise.all(launched.services.map((service) => service.start()));

    expect(await textsIn(alice, roomId)).toEqual(['before']);
    expect((await http.call('GET', '/_matrix/client/v3/account/whoami', bob.session)).status).toBe(401);
    const [again] = [...joinedRoomsOf(await alice.sync({ since: late })).values()];
    expect(again?.timeline.length).toBeGreaterThan(1);
    const since = textIn(await alice.sync({ since: late }), 'next_batch') ?? '';
    await alice.send(roomId, 'again');
    await waitUntil('what is said then', WITHIN_MS, async () => {
      return joinedRoomsOf(await alice.sync({ since })).has(roomId);
    });
    expect(await textsIn(alice, roomId)).toEqual(['before', 'again']);
    expect(mode === 'distributed' ? checkPublished(await readPublished(launched)) : []).toEqual([]);
  });
});

const few = ['event-persister', 'client-api', 'sync'] as const;

/** As an operator does it before a restore: the embedded one's folder, or the database itself. */
async function emptyDatabase({ dataFolder, addresses }: Deployment): Promise<void> {
  if (dataFolder !== undefined) return rm(join(dataFolder, 'postgres'), { recursive: true });
  const url = new URL(addresses.postgres ?? '');
  url.pathname = '/template1';
  const client = new Client({ connectionString: url.toString() });
  await client.connect();
  try {
    await client.query('drop database postgres with (force)');
    await client.query('create database postgres');
  } finally {
    await client.end();
  }
}

async function textsIn(client: MatrixClient, roomId: string): Promise<string[]> {
  const { chunk } = await client.ask('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=f`);
  const messages = new Set(
    eventsOf(chunk).flatMap(({ type, eventId }) => (type === 'm.room.message' ? [eventId] : [])),
  );
  if (!Array.isArray(chunk)) return [];
  return chunk.flatMap(({ event_id: id, content }) => (messages.has(String(id)) ? [String(content.body)] : []));
}
