import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

interface Page {
  readonly start: string;
  readonly end?: string;
  readonly chunk: readonly { readonly type: string; readonly sender: string; readonly content: Json }[];
  readonly state?: readonly { readonly state_key: string }[];
}

const SAID = ['one', 'two', 'three', 'four', 'five'];

let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
let afterTwo: string;
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  for (const body of SAID) {
    await (body === 'three' ? bob : alice).send(roomId, body);
    if (body === 'two') afterTwo = textOf(await alice.sync(), 'next_batch');
  }
});

async function page(query: Record<string, string>, client = alice): Promise<Page> {
  return client.ask<Page>('GET', roomPath(roomId, `/messages?${new URLSearchParams(query)}`));
}

function bodiesOf({ chunk }: Page): unknown[] {
  return chunk.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);
}

const onlyMessages = JSON.stringify({ types: ['m.room.message'] });

describe('GET /messages', () => {
  it('goes backwards from the end and forwards from the beginning', async () => {
    const back = await page({ dir: 'b', limit: '3' });
    expect(bodiesOf(back)).toEqual(['five', 'four', 'three']);
    const further = await page({ dir: 'b', limit: '2', from: back.end ?? '' });
    expect([further.start, bodiesOf(further)]).toEqual([back.end, ['two', 'one']]);
    const first = await page({ dir: 'f', limit: '1' });
    expect(first.chunk.map(({ type }) => type)).toEqual(['m.room.create']);
    const last = await page({ dir: 'f', limit: '100' });
    expect(bodiesOf(last)).toEqual(SAID);
    expect(last).not.toHaveProperty('end');
  });

  it('takes the tokens of /sync, in both directions and as an end', async () => {
    expect(bodiesOf(await page({ dir: 'b', from: afterTwo }))).toEqual(['two', 'one']);
    expect(bodiesOf(await page({ dir: 'f', from: afterTwo }))).toEqual(['three', 'four', 'five']);
    expect(bodiesOf(await page({ dir: 'b', to: afterTwo }))).toEqual(['five', 'four', 'three']);
    expect(bodiesOf(await page({ dir: 'f', to: afterTwo, limit: '50' }))).toEqual(['one', 'two']);
  });

  it('has no more than ten events unless asked', async () => {
    expect((await page({ dir: 'b' })).chunk).toHaveLength(10);
    expect((await page({ dir: 'b', limit: '999999999' })).chunk.length).toBeGreaterThan(10);
    expect((await page({ dir: 'b', limit: '0' })).chunk).toEqual([]);
  });

  it('filters, and goes on beyond what it filtered out', async () => {
    expect(bodiesOf(await page({ dir: 'f', filter: onlyMessages, limit: '2' }))).toEqual(['one', 'two']);
    const bySender = JSON.stringify({ senders: [bob.userId], types: ['m.room.message'] });
    expect(bodiesOf(await page({ dir: 'b', filter: bySender, limit: '5' }))).toEqual(['three']);
    const without = JSON.stringify({ not_senders: [bob.userId], types: ['m.room.m*sage'] });
    expect(bodiesOf(await page({ dir: 'f', filter: without }))).toEqual(['one', 'two', 'four', 'five']);
    expect((await page({ dir: 'b', filter: JSON.stringify({ not_rooms: [roomId] }) })).chunk).toEqual([]);
    expect((await page({ dir: 'b', filter: JSON.stringify({ contains_url: true }) })).chunk).toEqual([]);
    expect((await page({ dir: 'b', filter: JSON.stringify({ types: [] }) })).chunk).toEqual([]);
  });

  it('adds the senders’ memberships when members are loaded lazily', async () => {
    const filter = JSON.stringify({ types: ['m.room.message'], lazy_load_members: true });
    const { state = [] } = await page({ dir: 'b', limit: '1', filter });
    expect(state.map((event) => event.state_key)).toEqual([alice.userId]);
    expect((await page({ dir: 'b', limit: '1', filter: onlyMessages })).state).toBeUndefined();
  });

  it.each([
    ['', 'M_MISSING_PARAM'],
    ['dir=x', 'M_INVALID_PARAM'],
    ['dir=b&dir=f', 'M_INVALID_PARAM'],
    ['dir=b&limit=many', 'M_INVALID_PARAM'],
    ['dir=b&limit=-1', 'M_INVALID_PARAM'],
    ['dir=b&from=nonsense', 'M_INVALID_PARAM'],
    ['dir=b&from=', 'M_INVALID_PARAM'],
    ['dir=b&to=t_', 'M_INVALID_PARAM'],
    ['dir=b&from=t1_1', 'M_INVALID_PARAM'],
    ['dir=b&from=tzz_1_1', 'M_INVALID_PARAM'],
    ['dir=b&to=tzz_1_1', 'M_INVALID_PARAM'],
    ['dir=b&filter=nonsense', 'M_INVALID_PARAM'],
    ['dir=b&filter=%5B%5D', 'M_INVALID_PARAM'],
    ['dir=b&filter=%7B%22types%22%3A7%7D', 'M_INVALID_PARAM'],
  ])('refuses ?%s with %s', async (query, errcode) => {
    expectError(await alice.call('GET', roomPath(roomId, `/messages?${query}`)), 400, errcode);
  });

  it('is for members', async () => {
    const secret = await alice.createRoom();
    expectError(await bob.call('GET', roomPath(secret, '/messages?dir=b')), 403, 'M_FORBIDDEN');
    expectError(await bob.call('GET', roomPath('!nowhere:localhost', '/messages?dir=b')), 403, 'M_FORBIDDEN');
    expectError(await bob.call('GET', roomPath('nonsense', '/messages?dir=b')), 400, 'M_INVALID_PARAM');
  });
});

function readEvent(client: MatrixClient, room: string, eventId: string): Promise<Reply> {
  return client.call('GET', roomPath(room, `/event/${encodeURIComponent(eventId)}`));
}

describe('GET /event', () => {
  it('is M_NOT_FOUND for what is not there, or of another room, or not to be seen', async () => {
    const secret = await alice.createRoom({ preset: 'private_chat' });
    const eventId = await alice.send(secret, 'x');
    expect((await readEvent(alice, secret, eventId)).body).toMatchObject({ event_id: eventId, room_id: secret });
    expectError(await readEvent(alice, roomId, eventId), 404, 'M_NOT_FOUND');
    expectError(await readEvent(alice, roomId, `$${'b'.repeat(43)}`), 404, 'M_NOT_FOUND');
    expectError(await readEvent(alice, roomId, 'nonsense'), 400, 'M_INVALID_PARAM');
    expect([403, 404]).toContain((await readEvent(bob, secret, eventId)).status);
  });
});
