import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { SyncBody, SyncOptions } from '../../test-support/sync-harness.ts';
import { RequestEnd } from '../sessions/request-end.ts';

const [alice, carol, dan] = ['@alice:a.example', '@carol:a.example', '@dan:a.example'];

let harness: SyncHarness;
let room: RoomScript;
beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
  room.member(carol, 'join');
  new RoomScript(harness, '!other:a.example').create(dan);
});

const sync = (options: SyncOptions = {}): Promise<SyncBody> => harness.sync(alice, options);
const told = ({ presence }: SyncBody): unknown[] =>
  (presence?.events ?? []).map(({ sender, content }) => [sender, content['presence']]);

const content = (body: SyncBody): unknown => body.presence?.events[0]?.content;

describe('presence', () => {
  it('is told to those who share a room, as it changes', async () => {
    const { next_batch: since } = await sync();
    const waiting = sync({ since, timeout: 60_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    await harness.parts.announce.set(carol, 'online', 'here');
    const body = await waiting;
    expect(body.presence?.events).toEqual([
      {
        type: 'm.presence',
        sender: carol,
        content: { presence: 'online', last_active_ago: 0, currently_active: true, status_msg: 'here' },
      },
    ]);
    await harness.parts.announce.set(dan, 'online', undefined);
    harness.clock.advance(500);
    expect((await sync({ since: body.next_batch })).presence).toBeUndefined();
  });

  it('of many who come at about the same time is told of the first, then of the others together', async () => {
    const others = Array.from({ length: 20 }, (_, index) => `@user${index}:a.example`);
    for (const userId of others) room.member(userId, 'join');
    const { next_batch: since } = await sync();
    for (const userId of others) await harness.parts.announce.set(userId, 'online', undefined);
    const first = await sync({ since });
    expect(told(first)).toEqual([[others[0], 'online']]);
    const waiting = sync({ since: first.next_batch, timeout: 60_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    harness.clock.advance(500);
    expect(told(await waiting)).toEqual(others.slice(1).map((userId) => [userId, 'online']));
  });

  it('comes of syncing, and goes when that ends', async () => {
    await harness.sync(carol, { setPresence: 'online' });
    const first = await sync();
    expect(told(first)).toEqual([[carol, 'online']]);
    harness.clock.advance(61_000);
    harness.parts.announce.repeat();
    harness.parts.presence.expire();
    await vi.waitFor(async () => expect(told(await sync({ since: first.next_batch }))).toEqual([[carol, 'offline']]));
  });

  it('goes on as long as a request waits', async () => {
    const { next_batch: since } = await harness.sync(carol, { setPresence: 'online' });
    const end = new RequestEnd();
    const waiting = harness.sync(carol, { since, setPresence: 'online', timeout: 300_000, end });
    for (let second = 0; second < 120; second += 20) {
      harness.clock.advance(20_000);
      harness.parts.announce.repeat();
      harness.parts.presence.expire();
    }
    expect(told(await sync())).toEqual([[carol, 'online']]);
    end.reach('gone');
    await waiting;
  });

  it('is told of whoever comes into a room, and to them', async () => {
    await harness.parts.announce.set(dan, 'online', undefined);
    await harness.parts.announce.set(carol, 'online', undefined);
    const { next_batch: ofAlice } = await sync();
    const { next_batch: ofDan } = await harness.sync(dan);
    room.member(dan, 'join');
    await vi.waitFor(async () => expect(told(await sync({ since: ofAlice }))).toEqual([[dan, 'online']]));
    expect(told(await harness.sync(dan, { since: ofDan }))).toContainEqual([carol, 'online']);
  });

  it('is told whole to a client of another replica, and left out by a filter', async () => {
    const other = await SyncHarness.started({ rooms: harness.rooms, bootId: 8 });
    const { next_batch: since } = await other.sync(alice);
    await harness.parts.announce.set(carol, 'unavailable', undefined);
    const filter = { presence: { not_senders: [carol] } };
    expect(told(await sync({ since, filter }))).toEqual([]);
    expect(told(await sync({ since }))).toEqual([[carol, 'unavailable']]);
  });

  it('has again what a user said of themselves, after all processes have begun anew', async () => {
    await harness.parts.announce.set(carol, 'online', 'on holiday');
    const { rooms, streams, statuses } = harness;
    const later = await SyncHarness.started({ rooms, streams, statuses, bootId: 8 });
    expect(await later.parts.getPresence.execute(alice, carol)).toEqual({
      presence: 'offline',
      status_msg: 'on holiday',
    });
    await later.sync(carol, { setPresence: 'online' });
    await vi.waitFor(async () => expect(content(await later.sync(alice))).toMatchObject({ status_msg: 'on holiday' }));
    await later.parts.announce.set(carol, 'online', undefined);
    expect(await statuses.findStatus(carol)).toBeUndefined();
    expect(content(await later.sync(alice))).not.toHaveProperty('status_msg');
  });

  it('does not follow clients that take turns with what they say', async () => {
    await harness.sync(carol, { setPresence: 'online' });
    const { next_batch: since } = await sync();
    for (const setPresence of ['unavailable', 'online', 'unavailable'] as const) {
      await harness.sync(carol, { setPresence, deviceId: setPresence });
    }
    expect((await sync({ since })).presence).toBeUndefined();
  });

  it('of a user of another server is told to those who share a room with them', async () => {
    const oscar = '@oscar:other.example';
    room.member(oscar, 'join');
    const { next_batch: since } = await sync();
    const { next_batch: ofDan } = await harness.sync(dan);
    const now = harness.clock.now();
    const said = { presence: 'online', statusMsg: 'there', lastActiveAt: now, isSet: true };
    for (const userId of [oscar, '@stranger:other.example']) harness.parts.presence.take({ userId, ...said });
    await vi.waitFor(async () => expect(told(await sync({ since }))).toEqual([[oscar, 'online']]));
    expect(told(await harness.sync(dan, { since: ofDan }))).toEqual([]);
    expect(told(await harness.sync(carol))).toEqual([[oscar, 'online']]);
    expect(await harness.parts.getPresence.execute(alice, oscar)).toMatchObject({ status_msg: 'there' });
    await expect(harness.parts.getPresence.execute(dan, oscar)).rejects.toMatchObject({ httpStatus: 403 });
  });

  it('is turned off for the users of one server: they neither see nor are seen', async () => {
    await harness.parts.announce.set(carol, 'online', 'here');
    await harness.servers.changeServer('a.example', { settings: { presence: { enabled: false } } });
    await harness.parts.announce.set(alice, 'online', 'here');
    expect(told(await sync({ setPresence: 'online' }))).toEqual([]);
    expect(await harness.parts.getPresence.execute(alice, carol)).toEqual({ presence: 'offline' });
    await harness.servers.changeServer('a.example', { settings: {} });
    expect(told(await sync())).toEqual([[carol, 'online']]);
  });

  it('is not there where it is turned off', async () => {
    harness = await SyncHarness.started({ settings: { hasPresence: false } });
    new RoomScript(harness, '!room:a.example').create(alice);
    await harness.parts.announce.set(alice, 'online', undefined);
    expect((await harness.sync(alice, { setPresence: 'online' })).presence).toBeUndefined();
    expect(await harness.parts.getPresence.execute(alice, alice)).toEqual({ presence: 'offline' });
  });
});
