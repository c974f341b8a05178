import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { Json, Reply } from '../support/matrix-client.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import { bodiesOf, followMessages, syncIntoRoom, syncUntil } from './support/timeline.ts';

const SERVERS = '/_plexus/admin/v1/servers';

inBothModes('an operator of many hosted servers', (deploy) => {
  let deployment: Deployment;
  let admin: MatrixClient;
  beforeAll(async () => {
    deployment = await deploy();
    const name = uniqueName('admin');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    admin = await new MatrixHttp(deployment).login(name);
  });

  /** A hosted server that no other story has, and HTTP that names it as the host. */
  async function addServer(): Promise<{ serverName: string; http: MatrixHttp }> {
    const serverName = `${randomUUID().slice(0, 8)}.test`;
    const settings = { registration: { enabled: true } };
    expect((await admin.call('POST', SERVERS, { server_name: serverName, settings })).status).toBe(201);
    return { serverName, http: new MatrixHttp(deployment, { host: serverName }) };
  }

  it('adds one while running, and its users are of that name', async () => {
    const { serverName, http } = await addServer();
    const carol = await http.register('carol');
    expect(carol.userId).toBe(`@carol:${serverName}`);
    expect((await new MatrixHttp(deployment).register(uniqueName('carol'))).userId).toMatch(/:one\.test$/);
    expect(await listServers(admin)).toContainEqual(
      expect.objectContaining({ server_name: serverName, status: 'active', origin: 'admin-api' }),
    );
  });

  it('suspends one and resumes it; the others go on', async () => {
    const { serverName, http } = await addServer();
    const carol = await http.register('carol');
    const path = `${SERVERS}/${serverName}`;
    await admin.ask('POST', `${path}/suspend`, {});
    const whoAmI = (): Promise<number> => carol.call('GET', '/_matrix/client/v3/account/whoami').then((r) => r.status);
    expect(await whoAmI()).toBe(403);
    expect((await admin.call('GET', '/_matrix/client/v3/account/whoami')).status).toBe(200);
    await admin.ask('POST', `${path}/resume`, {});
    expect(await whoAmI()).toBe(200);
  });

  it('limits one of them, whichever replica is asked; the others have no limits', async () => {
    const { serverName, http } = await addServer();
    const carol = await http.register('carol');
    const roomId = await carol.createRoom();
    const limits = { enabled: true, rc_message: { per_second: 0.001, burst_count: 3 } };
    await admin.ask('PUT', `${SERVERS}/${serverName}/settings`, { rate_limits: limits });
    const replicas = [0, 1].map(
      (replica) => new MatrixClient(new MatrixHttp(deployment.routesTo(replica)), carol.session),
    );
    const answers: unknown[] = [];
    for (let sent = 0; sent < 6; sent += 1) {
      const content = { msgtype: 'm.text', body: 'hello' };
      const answer = await replicas[sent % 2]?.call('PUT', carol.sendPath(roomId, `limited ${sent}`), content);
      answers.push([answer?.status, answer?.body['errcode']]);
    }
    const [sent, limited] = [
      [200, undefined],
      [429, 'M_LIMIT_EXCEEDED'],
    ];
    expect(answers).toEqual([sent, sent, sent, limited, limited, limited]);
    const lobby = await admin.createRoom();
    for (let sent = 0; sent < 6; sent += 1) await admin.send(lobby, 'no limit');
  });

  it('has rooms that several of them share, each event signed by its own sender’s server', async () => {
    const [one, two] = [await addServer(), await addServer()];
    const [alice, bob] = [await one.http.register('alice'), await two.http.register('bob')];
    const roomId = await alice.createRoom({ preset: 'private_chat', room_version: '10', invite: [bob.userId] });
    await bob.join(roomId);
    const since = await syncIntoRoom(alice, roomId);
    const eventId = await bob.send(roomId, 'from the other server');
    const said = await followMessages(alice, roomId, { since, count: 1 });
    expect(bodiesOf(said)).toEqual(['from the other server']);
    expect(said.at(-1)?.event_id).toBe(eventId);
    expect(await keptOf(deployment, bob.userId, roomId)).toMatchObject({ rooms: 1 });
    expect(roomId.endsWith(`:${one.serverName}`)).toBe(true);
    const filter = { event_format: 'federation' };
    const events = await vi.waitFor(async () => {
      const known = eventsOf(await bob.sync({ filter }), roomId);
      expect(known).toContainEqual(expect.objectContaining({ type: 'm.room.message' }));
      return known;
    }, 30_000);
    const signersOf = (matches: (event: Json) => boolean): string[] =>
      Object.keys(events.find(matches)?.['signatures'] ?? {}).toSorted();
    expect(signersOf(({ type }) => type === 'm.room.create')).toEqual([one.serverName]);
    expect(signersOf(({ type }) => type === 'm.room.message')).toEqual([two.serverName]);
    expect(signersOf(({ type, sender, state_key: key }) => type === 'm.room.member' && sender !== key)).toEqual(
      [one.serverName, two.serverName].toSorted(),
    );
  });

  it('removes one with its data; its rooms go on for those who stay', async () => {
    const [one, two] = [await addServer(), await addServer()];
    const [alice, bob] = [await one.http.register('alice'), await two.http.register('bob')];
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId, [one.serverName]);
    const lonely = await bob.createRoom({ preset: 'private_chat', name: 'nobody else' });
    expect(await keptOf(deployment, bob.userId, lonely)).toEqual({ rooms: 1, memberships: 2, creations: 1, users: 1 });
    const started = await admin.call('DELETE', `${SERVERS}/${two.serverName}`);
    expect(started).toMatchObject({ status: 202, body: { server_name: two.serverName } });
    const job = `/_plexus/admin/v1/server_removals/${textOf(started.body, 'job_id')}`;
    await expect.poll(() => admin.ask('GET', job), { timeout: 30_000 }).toMatchObject({ step: 'done', rooms_left: 0 });
    const { users_total: total, users_done: done } = await admin.ask('GET', job);
    // Bob, and users of the server's own: in whose name it tells others things, and what application services send as.
    expect(total).toBeGreaterThan(0);
    expect(done).toBe(total);
    expect(await keptOf(deployment, bob.userId, lonely)).toEqual({ rooms: 0, memberships: 0, creations: 0, users: 0 });
    const whoAmI = (): Promise<Reply> => bob.call('GET', '/_matrix/client/v3/account/whoami');
    await expect.poll(whoAmI, { timeout: 5_000 }).toMatchObject({ status: 401 });
    expect(await listServers(admin)).not.toContainEqual(expect.objectContaining({ server_name: two.serverName }));
    const members = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/joined_members`;
    expect(Object.keys((await alice.ask('GET', members))['joined'] ?? {})).toEqual([alice.userId]);
    await alice.send(roomId, 'still here');
    const said = await deployment.command(['server', 'remove', one.serverName, '--yes', '--wait']);
    expect(said.trimEnd().split('\n').at(-1)).toBe(`${one.serverName} is gone.`);
    expect(await keptOf(deployment, alice.userId, roomId)).toMatchObject({ rooms: 0, users: 0 });
  });

  it('brings one back from a backup, with its accounts and the rooms that went with it', async () => {
    const [one, two] = [await addServer(), await addServer()];
    const [alice, bob, carol] = [
      await one.http.register('alice'),
      await one.http.register('bob'),
      await two.http.register('carol'),
    ];
    const roomId = await alice.createRoom({ preset: 'private_chat', name: 'ours', invite: [bob.userId] });
    await bob.join(roomId);
    for (const text of ['one', 'two', 'three']) await alice.send(roomId, text);
    const shared = await alice.createRoom({ preset: 'public_chat' });
    await carol.join(shared, [one.serverName]);
    const since = await syncIntoRoom(alice, roomId);
    const parent = await mkdtemp(join(tmpdir(), 'plexus-backups-'));
    try {
      await deployment.command(['backup', join(parent, 'backup')]);
      await alice.send(roomId, 'lost');
      await remove(one.serverName);
      expect(await keptOf(deployment, alice.userId, roomId)).toMatchObject({ rooms: 0, users: 0 });
      const said = await deployment.command(['restore', join(parent, 'backup'), '--server', one.serverName]);
      expect(said).toMatch(/ 1 rooms\.$/m);
    } finally {
      await rm(parent, { recursive: true });
    }
    const { rooms } = await syncUntil(alice, (answer) => answer.rooms?.join?.[roomId] !== undefined, { since });
    const { events, limited, prev_batch: end } = rooms?.join?.[roomId]?.timeline ?? {};
    expect({ events, limited }).toEqual({ events: [], limited: true });
    expect(Object.keys(rooms?.join ?? {})).toEqual([roomId]);
    const back = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&from=${end}`;
    const { chunk } = await bob.ask<{ chunk: { type: string; content: Json }[] }>('GET', back);
    const texts = chunk.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);
    expect(texts).toEqual(['three', 'two', 'one']);
    const after = await syncIntoRoom(bob, roomId);
    await alice.send(roomId, 'again', randomUUID());
    expect(bodiesOf(await followMessages(bob, roomId, { since: after, count: 1 }))).toEqual(['again']);
    // Others are in it, and go on: whoever was in it may come back.
    await carol.send(shared, 'still here');
    await alice.join(shared, [two.serverName]);
    await remove(one.serverName);
    expect(await keptOf(deployment, alice.userId, roomId)).toMatchObject({ rooms: 0, users: 0 });
  });

  async function remove(serverName: string): Promise<void> {
    const said = await deployment.command(['server', 'remove', serverName, '--yes', '--wait']);
    expect(said).toContain(`${serverName} is gone.`);
  }
});

/** What Postgres has of a user and of a room. */
async function keptOf({ addresses }: Deployment, userId: string, roomId: string): Promise<unknown> {
  const client = new Client({ connectionString: addresses.postgres });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select (select count(*)::int from rooms where room_id = $2) as rooms,
              (select count(*)::int from user_rooms where user_id = $1) as memberships,
              (select count(*)::int from room_creations where room_id = $2) as creations,
              (select count(*)::int from users where user_id = $1) as users`,
      [userId, roomId],
    );
    return rows[0];
  } finally {
    await client.end();
  }
}

async function listServers(admin: MatrixClient): Promise<unknown> {
  return (await admin.ask('GET', SERVERS))['servers'];
}

function eventsOf(answer: Json, roomId: string): Json[] {
  const { rooms } = answer as { rooms: { join: Record<string, { state: Events; timeline: Events }> } };
  const room = rooms.join[roomId];
  return [...(room?.state.events ?? []), ...(room?.timeline.events ?? [])];
}

interface Events {
  readonly events: readonly Json[];
}
