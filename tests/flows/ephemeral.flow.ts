import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { Json } from '../support/matrix-client.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

inBothModes('people in a room', (deploy) => {
  let deployment: Deployment;
  let http: MatrixHttp;
  let alice: MatrixClient;
  let bob: MatrixClient;
  /** Bob at each replica. */
  let bobAt: readonly MatrixClient[];
  beforeAll(async () => {
    deployment = await deploy();
    http = new MatrixHttp(deployment);
    [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
    bobAt = [0, 1].map((replica) => new MatrixClient(new MatrixHttp(deployment.routesTo(replica)), bob.session));
  });

  async function meet(): Promise<string> {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId);
    return roomId;
  }

  it('see who types, at whichever replica they are', async () => {
    const roomId = await meet();
    const tokens = await Promise.all(bobAt.map(async (client) => textOf(await client.sync(), 'next_batch')));
    const waiting = bobAt.map((client, index) => ephemeralOf(client, roomId, { since: tokens[index] ?? '' }));
    await alice.ask('PUT', typingPath(roomId, alice), { typing: true, timeout: 60_000 });
    const typing = { type: 'm.typing', content: { user_ids: [alice.userId] } };
    for (const { event } of await Promise.all(waiting)) expect(event).toEqual(typing);
  });

  it('go on at another replica without missing who types', async () => {
    const roomId = await meet();
    const since = textOf((await bobAt[0]?.sync()) ?? {}, 'next_batch');
    await alice.ask('PUT', typingPath(roomId, alice), { typing: true, timeout: 60_000 });
    const [here, there] = bobAt;
    if (here === undefined || there === undefined) throw new Error('there are two');
    const first = await ephemeralOf(here, roomId, { since });
    // One process does not tell it again.
    const second = deployment.mode === 'embedded' ? first : await ephemeralOf(there, roomId, { since: first.next });
    expect(second.event).toEqual(first.event);
    await alice.ask('PUT', typingPath(roomId, alice), { typing: false });
    const third = await ephemeralOf(there, roomId, { since: second.next });
    expect(third.event['content']).toEqual({ user_ids: [] });
  });

  it('see who has read, at whichever replica they are', async () => {
    const roomId = await meet();
    const eventId = await bob.send(roomId, 'read this');
    const tokens = await Promise.all(bobAt.map(async (client) => textOf(await client.sync(), 'next_batch')));
    const waiting = bobAt.map((client, index) =>
      ephemeralOf(client, roomId, { since: tokens[index] ?? '', type: 'm.receipt' }),
    );
    await alice.ask('POST', inRoom(roomId, `/receipt/m.read.private/${encodeURIComponent(eventId)}`), {});
    await alice.ask('POST', inRoom(roomId, `/receipt/m.read/${encodeURIComponent(eventId)}`), {});
    for (const { event } of await Promise.all(waiting))
      expect(event['content']).toEqual({ [eventId]: { 'm.read': { [alice.userId]: { ts: expect.any(Number) } } } });
    const whole = await ephemeralOf(alice, roomId, { since: undefined, type: 'm.receipt' });
    const own = { [alice.userId]: { ts: expect.any(Number) } };
    expect(whole.event['content']).toEqual({ [eventId]: { 'm.read': own, 'm.read.private': own } });
  });

  it('see who is there, at whichever replica they are', async () => {
    await meet();
    const tokens = await Promise.all(bobAt.map(async (client) => textOf(await client.sync(), 'next_batch')));
    const waiting = bobAt.map((client, index) => presenceOf(client, alice, tokens[index] ?? ''));
    await alice.sync({ setPresence: 'online' });
    for (const presence of await Promise.all(waiting)) expect(presence).toBe('online');
    const status = `/_matrix/client/v3/presence/${encodeURIComponent(alice.userId)}/status`;
    for (const client of bobAt) expect(await client.ask('GET', status)).toMatchObject({ presence: 'online' });
  });

  it('of a hosted server that the room denies can neither type nor say what they read', async () => {
    const admin = uniqueName('admin');
    await deployment.command(['user', 'create', `@${admin}:one.test`, '--admin', '--password', 'wonderland']);
    const serverName = `${randomUUID().slice(0, 8)}.test`;
    const settings = { registration: { enabled: true } };
    const server = { server_name: serverName, settings };
    expect(await (await http.login(admin)).call('POST', '/_plexus/admin/v1/servers', server)).toMatchObject({
      status: 201,
    });
    const carol = await new MatrixHttp(deployment, { host: serverName }).register('carol');
    const roomId = await meet();
    await carol.join(roomId, ['one.test']);
    const eventId = await alice.send(roomId, 'read this');
    const read = inRoom(roomId, `/receipt/m.read/${encodeURIComponent(eventId)}`);
    expect((await carol.call('PUT', typingPath(roomId, carol), { typing: true })).status).toBe(200);
    expect((await carol.call('POST', read, {})).status).toBe(200);
    await alice.setState(roomId, 'm.room.server_acl', { allow: ['*'], deny: [serverName] });
    const refused = await carol.call('PUT', typingPath(roomId, carol), { typing: true });
    expect(refused).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
    expect(await carol.call('POST', read, {})).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
  });
});

function inRoom(roomId: string, rest: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}${rest}`;
}

function typingPath(roomId: string, { userId }: MatrixClient): string {
  return inRoom(roomId, `/typing/${encodeURIComponent(userId)}`);
}

/** Syncs until the room has an ephemeral event of a type; that event, and where to go on. */
async function ephemeralOf(
  client: MatrixClient,
  roomId: string,
  { since, type = 'm.typing' }: { readonly since: string | undefined; readonly type?: string },
): Promise<{ readonly event: Json; readonly next: string }> {
  for (let token = since; ;) {
    const body = await client.sync({ ...(token !== undefined && { since: token }), timeout: 30_000 });
    token = textOf(body, 'next_batch');
    const { join } = (body['rooms'] ?? {}) as { join?: Record<string, { ephemeral?: { events: Json[] } }> };
    const event = join?.[roomId]?.ephemeral?.events.find((found) => found['type'] === type);
    if (event !== undefined) return { event, next: token };
  }
}

/** Syncs until it is told how a user is. */
async function presenceOf(client: MatrixClient, { userId }: MatrixClient, since: string): Promise<unknown> {
  for (let token = since; ;) {
    const body = await client.sync({ since: token, timeout: 30_000 });
    token = textOf(body, 'next_batch');
    const { events = [] } = (body['presence'] ?? {}) as { events?: { sender: string; content: Json }[] };
    const found = events.find(({ sender }) => sender === userId);
    if (found !== undefined) return found.content['presence'];
  }
}
