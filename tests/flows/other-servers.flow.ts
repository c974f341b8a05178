import { Visitor } from '@plexus/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const SOON = { timeout: 20_000, interval: 50 };

inBothModes('people of another server', (deploy) => {
  let deployment: Deployment;
  let http: MatrixHttp;
  let alice: MatrixClient;
  let visitor: Visitor;
  let rita: string;
  let roomId: string;
  beforeAll(async () => {
    deployment = await deploy();
    http = new MatrixHttp(deployment);
    alice = await http.register(uniqueName('alice'));
    visitor = await Visitor.open(http, { destination: 'one.test' });
    rita = visitor.user('rita');
    roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
    await visitor.join(roomId, rita);
  });
  afterAll(() => visitor.stop());

  it('get what is said in their room, in its order', async () => {
    const said = Array.from({ length: 30 }, (_, index) => `message ${index}`);
    for (const body of said) await alice.send(roomId, body);
    await vi.waitFor(() => expect(visitor.inbox.said).toEqual(said), SOON);
    const ids = visitor.inbox.transactions.map(({ path }) => path);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...visitor.inbox.transactions.map(({ body }) => [body['pdus']].flat().length))).toBeLessThanOrEqual(
      50,
    );
  });

  it('see each other come, though their servers tell only the one that lets them in', async () => {
    const other = await Visitor.open(http, { destination: 'one.test' });
    await other.join(roomId, other.user('oscar'));
    const join = { type: 'm.room.member', state_key: other.user('oscar'), content: { membership: 'join' } };
    await vi.waitFor(() => expect(visitor.inbox.pdus).toContainEqual(expect.objectContaining(join)), SOON);
    expect(other.inbox.pdus).toEqual([]);
    await other.stop();
  });

  it('see who types and who has read', async () => {
    const eventId = await alice.send(roomId, 'read this');
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    await alice.ask('PUT', `${room}/typing/${encodeURIComponent(alice.userId)}`, { typing: true, timeout: 30_000 });
    await alice.ask('POST', `${room}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
    const typing = { room_id: roomId, user_id: alice.userId, typing: true };
    await vi.waitFor(() => expect(visitor.inbox.edus).toContainEqual({ edu_type: 'm.typing', content: typing }), SOON);
    const receipt = { data: { ts: expect.any(Number) }, event_ids: [eventId] };
    const content = { [roomId]: { 'm.read': { [alice.userId]: receipt } } };
    await vi.waitFor(() => expect(visitor.inbox.edus).toContainEqual({ edu_type: 'm.receipt', content }), SOON);
  });

  it('see who is there', async () => {
    await alice.sync({ setPresence: 'online' });
    const push = [expect.objectContaining({ user_id: alice.userId, presence: 'online', currently_active: true })];
    await vi.waitFor(
      () => expect(visitor.inbox.edus).toContainEqual({ edu_type: 'm.presence', content: { push } }),
      SOON,
    );
  });

  it('are seen to be there', async () => {
    const presence = { user_id: rita, presence: 'online', last_active_ago: 5, currently_active: true };
    await visitor.send(uniqueName('presence'), { edus: [{ edu_type: 'm.presence', content: { push: [presence] } }] });
    const path = `/_matrix/client/v3/presence/${encodeURIComponent(rita)}/status`;
    await vi.waitFor(async () => expect(await alice.ask('GET', path)).toMatchObject({ presence: 'online' }), SOON);
    expect(JSON.stringify((await alice.sync())['presence'])).toContain(rita);
  });

  it('get messages to their devices once, whenever they are there', async () => {
    visitor.inbox.answer = () => ({ status: 503, body: {} });
    const path = '/_matrix/client/v3/sendToDevice/m.dummy/t1';
    const messages = { [rita]: { DEVICE: { text: 'psst' } } };
    for (let times = 0; times < 2; times += 1) await alice.ask('PUT', path, { messages });
    await vi.waitFor(() => expect(visitor.inbox.edus.at(-1)?.['edu_type']).toBe('m.direct_to_device'), SOON);
    visitor.inbox.answer = () => ({ status: 200, body: {} });
    await vi.waitFor(() => expect(visitor.inbox.edus.filter(isToDevice).length).toBeGreaterThan(1), SOON);
    const contents = visitor.inbox.edus.filter(isToDevice).map(({ content }) => JSON.stringify(content));
    expect(new Set(contents).size).toBe(1);
    expect(visitor.inbox.edus.find(isToDevice)?.['content']).toMatchObject({
      sender: alice.userId,
      type: 'm.dummy',
      messages,
    });
  });

  it('catch up when they come back, and an administrator sees how they are', async () => {
    const name = uniqueName('admin');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    const admin = await http.login(name, 'wonderland');
    const destination = `/_synapse/admin/v1/federation/destinations/${encodeURIComponent(visitor.serverName)}`;
    expect(await admin.ask('GET', destination)).toMatchObject({ retry_interval: 0, failure_ts: null });
    const { rooms } = await admin.ask('GET', `${destination}/rooms?limit=1`);
    const [{ stream_ordering: before }] = rooms as [{ readonly stream_ordering: number }];
    expect(rooms).toEqual([{ room_id: roomId, stream_ordering: expect.any(Number) }]);
    visitor.inbox.answer = () => ({ status: 503, body: {} });
    await alice.send(roomId, 'while they are away');
    await vi.waitFor(async () => {
      expect(await admin.ask('GET', destination)).toMatchObject({ failure_ts: expect.any(Number) });
    }, SOON);
    const last = await alice.send(roomId, 'the last before they come back');
    await vi.waitFor(async () => {
      const lacking = await admin.ask('GET', `${destination}/rooms?dir=b`);
      expect(lacking).toEqual({ rooms: [{ room_id: roomId, stream_ordering: expect.any(Number) }], total: 1 });
      const [{ stream_ordering: now }] = lacking['rooms'] as [{ readonly stream_ordering: number }];
      expect(now).toBeGreaterThan(before);
    }, SOON);
    const heard = visitor.inbox.said.length;
    visitor.inbox.answer = () => ({ status: 200, body: {} });
    await admin.ask('POST', `${destination}/reset_connection`, {});
    // The newest event of the room alone; a transaction may follow with what is not of rooms.
    await vi.waitFor(() => expect(visitor.inbox.said.slice(heard)).toEqual(['the last before they come back']), SOON);
    expect(last).toMatch(/^\$/);
    await vi.waitFor(async () => {
      expect(await admin.ask('GET', destination)).toMatchObject({ retry_interval: 0, failure_ts: null });
    }, SOON);
    expect((await admin.call('POST', `${destination}/reset_connection`, {})).status).toBe(400);
  });
});

function isToDevice({ edu_type: type }: { readonly [key: string]: unknown }): boolean {
  return type === 'm.direct_to_device';
}
