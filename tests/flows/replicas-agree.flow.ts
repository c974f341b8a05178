import { beforeAll, expect, it, vi } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixClient, MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import type { SyncedEvent } from './support/timeline.ts';
import { bodiesOf, followMessages, isMessage, WHOLE_TIMELINE } from './support/timeline.ts';
import { syncIntoRoom, syncIntoRooms, syncOnce } from './support/timeline.ts';

const ROOMS = 20;
const MESSAGES = 15;

inBothModes('a client that is sent to another replica with every request', (deploy) => {
  let deployment: Deployment;
  let replicas: MatrixHttp[];
  beforeAll(async () => {
    deployment = await deploy();
    replicas = [0, 1].map((replica) => new MatrixHttp(deployment.routesTo(replica)));
  });

  /** The same user and device, spoken to through each replica. */
  async function registerEverywhere(name: string): Promise<[MatrixClient, MatrixClient]> {
    const [first, second] = replicas;
    if (first === undefined || second === undefined) throw new Error('there are two replicas');
    const { session } = await first.register(uniqueName(name));
    return [new MatrixClient(first, session), new MatrixClient(second, session)];
  }

  it('gets what it wrote, whichever replica it waits at', async () => {
    const [here, there] = await registerEverywhere('writer');
    const roomId = await here.createRoom();
    const since = await syncIntoRoom(there, roomId);
    const said: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      const [writer, reader] = index % 2 === 0 ? [here, there] : [there, here];
      await writer.send(roomId, `message ${index}`, `t${index}`);
      said.push(`message ${index}`);
      expect(bodiesOf(await followMessages(reader, roomId, { since, count: said.length }))).toEqual(said);
    }
  });

  it('gets an answer that it lost again unchanged, from whichever replica', async () => {
    const [here, there] = await registerEverywhere('loser');
    const roomId = await here.createRoom();
    let since = await syncIntoRoom(here, roomId);
    for (const [first, ...others] of [
      [here, there, here],
      [there, here, there],
    ] as const) {
      await here.send(roomId, 'lost');
      let lost = await syncOnce(first, { since, timeout: 30_000 });
      while (bodiesOf(lost.rooms?.join?.[roomId]?.timeline.events ?? []).length === 0) {
        since = lost.next_batch;
        lost = await syncOnce(first, { since, timeout: 30_000 });
      }
      await here.send(roomId, 'later');
      for (const other of others) expect(await syncOnce(other, { since, timeout: 30_000 })).toEqual(lost);
      const messages = await followMessages(there, roomId, { since: lost.next_batch, count: 1 });
      expect(bodiesOf(messages)).toEqual(['later']);
      since = await syncIntoRoom(here, roomId);
    }
  });

  it('follows /events from the place that another replica gave', async () => {
    const [here, there] = await registerEverywhere('listener');
    const roomId = await here.createRoom();
    const told: string[] = [];
    let { end } = await here.ask('GET', '/_matrix/client/v3/initialSync?limit=1');
    for (let index = 0; index < 4; index += 1) {
      const [writer, reader] = index % 2 === 0 ? [here, there] : [there, here];
      const eventId = await writer.send(roomId, `message ${index}`, `t${index}`);
      while (!told.includes(eventId)) {
        const query = new URLSearchParams({ from: String(end), timeout: '20000' });
        const answer = await reader.ask('GET', `/_matrix/client/v3/events?${query}`);
        told.push(...(answer['chunk'] as SyncedEvent[]).map(({ event_id: id }) => id));
        ({ end } = answer);
      }
      // The room may have been made after the first place.
      expect([told.at(-1), new Set(told).size]).toEqual([eventId, told.length]);
    }
  });

  it('gets every message of many rooms once and in order, while many write', async () => {
    const [here, there] = await registerEverywhere('reader');
    const [author, coauthor] = await registerEverywhere('author');
    const roomIds = await Promise.all(
      Array.from({ length: ROOMS }, () => author.createRoom({ preset: 'public_chat' })),
    );
    await Promise.all(roomIds.map((roomId) => here.join(roomId)));
    const start = await syncIntoRooms(there, roomIds);
    const sent = new Map<string, string[]>(roomIds.map((roomId) => [roomId, []]));
    const writing = Promise.all(
      roomIds.map(async (roomId) => {
        for (let index = 0; index < MESSAGES; index += 1) {
          const eventId = await (index % 2 === 0 ? author : coauthor).send(roomId, `message ${index}`, `t${index}`);
          sent.get(roomId)?.push(eventId);
        }
      }),
    );
    const seen = new Map<string, SyncedEvent[]>(roomIds.map((roomId) => [roomId, []]));
    const isComplete = (): boolean => [...seen.values()].every((events) => events.length >= MESSAGES);
    for (let since = start, turn = 0; !isComplete(); turn += 1) {
      const query = { since, timeout: 30_000, filter: WHOLE_TIMELINE };
      const answer = await syncOnce(turn % 2 === 0 ? here : there, query);
      for (const [roomId, room] of Object.entries(answer.rooms?.join ?? {})) {
        expect(room.timeline.limited).toBe(false);
        seen.get(roomId)?.push(...room.timeline.events.filter(isMessage));
      }
      since = answer.next_batch;
    }
    await writing;
    for (const [roomId, events] of seen) expect(events.map(({ event_id: id }) => id)).toEqual(sent.get(roomId));
  });

  it('sends once, however often it asks with the same transaction id', async () => {
    const [here, there] = await registerEverywhere('repeater');
    const roomId = await here.createRoom();
    const since = await syncIntoRoom(here, roomId);
    const ids = await Promise.all([here, there, here, there].map((client) => client.send(roomId, 'once', 'same')));
    expect(new Set(ids).size).toBe(1);
    expect(await there.send(roomId, 'once', 'same')).toBe(ids[0]);
    const last = await there.send(roomId, 'twice', 'other');
    const events = await followMessages(there, roomId, { since, count: 2 });
    expect(events.map(({ event_id: id, unsigned }) => [id, unsigned?.['transaction_id']])).toEqual([
      [ids[0], 'same'],
      [last, 'other'],
    ]);
  });

  it('finds the whole history behind a limited timeline', async () => {
    const [here, there] = await registerEverywhere('scroller');
    const roomId = await here.createRoom();
    const since = await syncIntoRoom(here, roomId);
    const sent: string[] = [];
    for (let index = 0; index < 25; index += 1) sent.push(await here.send(roomId, `message ${index}`));
    const filter = { room: { timeline: { limit: 5 } } };
    await vi.waitFor(async () => expect(await lastOf(there, roomId, filter)).toBe(sent.at(-1)), 10_000);
    const room = (await syncOnce(there, { since, filter })).rooms?.join?.[roomId];
    expect(room?.timeline.limited).toBe(true);
    const newest = room?.timeline.events.map(({ event_id: id }) => id) ?? [];
    expect(newest).toEqual(sent.slice(-5));
    const older = await pageBack(here, roomId, { from: room?.timeline.prev_batch ?? '', to: since });
    expect([...older.toReversed(), ...newest]).toEqual(sent);
  });

  it('is logged out everywhere at once', async () => {
    const [here, there] = await registerEverywhere('leaver');
    await syncOnce(there);
    await here.ask('POST', '/_matrix/client/v3/logout', {});
    for (const client of [here, there]) {
      for (const path of ['/_matrix/client/v3/account/whoami', '/_matrix/client/v3/sync?timeout=0']) {
        const unknown = { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } };
        await expect.poll(() => client.call('GET', path), { timeout: 5_000 }).toMatchObject(unknown);
      }
    }
  });
});

async function pageBack(
  client: MatrixClient,
  roomId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | undefined = from; token !== undefined;) {
    const query = new URLSearchParams({ dir: 'b', limit: '7', from: token, to });
    const page = await client.ask('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?${query}`);
    const { chunk, end } = page as { chunk: readonly SyncedEvent[]; end?: string };
    found.push(...chunk.filter(isMessage).map(({ event_id: id }) => id));
    token = end;
  }
  return found;
}

/** The newest event of a room that the client's replica knows. */
async function lastOf(client: MatrixClient, roomId: string, filter: unknown): Promise<string | undefined> {
  return (await syncOnce(client, { filter })).rooms?.join?.[roomId]?.timeline.events.at(-1)?.event_id;
}
