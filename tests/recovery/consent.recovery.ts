import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, expect, it } from 'vitest';
import type { Deployment, ServiceProcess } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { Random } from '../support/faults/random.ts';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import { onSharedServers } from '../support/servers/on-shared-servers.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { insist } from './support/insist.ts';
import { isFull, seed } from './support/settings.ts';

const V3 = '/_matrix/client/v3';
const POLICY = '/_plexus/admin/v1/policies/localhost/privacy_policy';
const TEXT = '# What we keep\n\nEverything.';
const USERS = isFull ? 200 : 30;
const ROUNDS = isFull ? 8 : 1;
const AT_ONCE = 6;
const ENDS_WITHIN_MS = 120_000;

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

/** A user who has not agreed, with the link that they were given. */
interface Asked {
  readonly client: MatrixClient;
  readonly link: string;
}

it('keeps each agreement once, with its proof, whoever dies', { timeout: 1_800_000 }, async () => {
  const random = new Random(seed);
  const settings = { ...laboratorySettings, servers: [{ server_name: 'localhost', aliases: ['127.0.0.1'] }] };
  const services = ['event-persister', 'client-api', 'consent'] as const;
  deployment = await launchCluster({ settings, services, ...onSharedServers() });
  const http = new MatrixHttp(deployment);
  await deployment.command(['user', 'create', '@root:localhost', '--admin', '--password', 'wonderland']);
  // Another replica knows of a policy a moment later.
  const root = await new MatrixHttp(deployment.routesTo(0)).login('@root:localhost');
  const clients = await inLanes([...Array(USERS).keys()], (number) => http.register(`user${number}`));
  await publish(root);
  const asked = await inLanes(clients, (client) => readLink(client));

  let agreed = 0;
  const running = deployment;
  const users = inLanes(asked, async ({ client, link }) => {
    await delay(random.integer(50));
    // As from two windows: both are answered, and count once.
    await Promise.all([0, 1].map((replica) => agree(running, link, replica)));
    agreed += 1;
    for (const replica of [0, 1]) await requireUnblocked(running, client, replica);
  });
  await Promise.all([users, inflict(deployment, random, () => agreed)]);

  for (const { client } of asked) {
    const { consents } = await root.ask('GET', `/_plexus/admin/v1/users/${encodeURIComponent(client.userId)}/consents`);
    const proof = { version: '1.0', text_sha256: createHash('sha256').update(TEXT).digest('hex') };
    expect(consents).toEqual([expect.objectContaining({ ...proof, way: 'page', address: '127.0.0.1' })]);
  }
  expect(await countFacts(deployment)).toEqual(clients.map(({ userId }) => [userId, 1]).sort());
});

async function publish(root: MatrixClient): Promise<void> {
  await root.ask('PUT', POLICY, { title: 'What we keep', block_error: 'Read %(consent_uri)s' });
  const documents = [{ language: 'en', format: 'markdown', source: TEXT }];
  const { status } = await root.call('POST', `${POLICY}/versions`, { version: '1.0', documents });
  expect(status).toBe(201);
  await root.ask('PUT', `${POLICY}/versions/1.0`, { block_at: 5 });
}

/** Every replica knows within a second that the version blocks. */
async function readLink(client: MatrixClient): Promise<Asked> {
  let refusal: Json = {};
  await waitUntil('the user is blocked', 10_000, async () => {
    const { status, body } = await client.call('POST', `${V3}/createRoom`, {});
    refusal = body;
    return status === 403;
  });
  expect(refusal['errcode']).toBe('M_CONSENT_NOT_GIVEN');
  return { client, link: textOf(refusal, 'consent_uri') };
}

/** Sends the form of the page until it is answered, as a reader does who does not lose patience. */
async function agree({ routesTo }: Deployment, link: string, replica: number): Promise<void> {
  const form = new URLSearchParams([...new URL(link).searchParams, ['v', '1.0']]);
  const page = `${routesTo(replica).baseUrlFor('/_matrix/consent')}/_matrix/consent`;
  const deadline = Date.now() + ENDS_WITHIN_MS;
  for (;;) {
    const status = await fetch(page, { method: 'POST', body: form, signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => (await answer.text(), answer.status),
      () => undefined,
    );
    if (status === 200) return;
    if (status !== undefined && status < 500) throw new Error(`the page refuses an agreement with ${status}`);
    if (Date.now() > deadline) throw new Error('the page does not take an agreement');
    await delay(50);
  }
}

async function requireUnblocked({ routesTo }: Deployment, { session }: MatrixClient, replica: number): Promise<void> {
  const http = new MatrixHttp(routesTo(replica));
  const { accessToken } = session;
  const signal = AbortSignal.timeout(ENDS_WITHIN_MS);
  const request = { method: 'POST', path: `${V3}/createRoom`, body: {}, accessToken } as const;
  expect(await insist(request, { http, attemptMs: 10_000, signal })).toMatchObject({ outcome: 'answered' });
}

type Victim = Pick<ServiceProcess, 'kill' | 'start'>;

/** While users agree, one of the replicas and Postgres dies, then all of them at once; in the full rounds each of them, several times. */
async function inflict({ processesOf, backends }: Deployment, random: Random, agreed: () => number): Promise<void> {
  const [first, second] = processesOf('consent');
  const { postgres } = backends;
  if (first === undefined || second === undefined || postgres === undefined) throw new Error('something is missing');
  const alone: readonly (readonly Victim[])[] = [[first], [second], [postgres]];
  for (let round = 0; round < ROUNDS; round += 1) {
    const chosen = random.shuffle(alone).slice(0, isFull ? alone.length : 1);
    const all: readonly Victim[] = [first, second, postgres];
    for (const dying of [...chosen, all]) {
      const before = agreed();
      await waitUntil('somebody agrees', ENDS_WITHIN_MS, () => agreed() > before || agreed() === USERS);
      await Promise.all(dying.map((victim) => victim.kill()));
      if (dying.includes(postgres)) await postgres.start();
      await Promise.all(dying.filter((victim) => victim !== postgres).map((victim) => victim.start()));
    }
  }
}

/** How often it was told of each user that they agreed. */
async function countFacts({ addresses }: Deployment): Promise<[string, number][]> {
  const client = new Client({ connectionString: addresses.postgres });
  await client.connect();
  try {
    const { rows } = await client.query<{ user_id: string; times: number }>(
      `select user_id, count(*)::int as times from account_events where fact->>'kind' = 'consented' group by 1`,
    );
    return rows.map(({ user_id: userId, times }): [string, number] => [userId, times]).sort();
  } finally {
    await client.end();
  }
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}
