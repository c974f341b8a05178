import { encodeSyncToken, messagesResponse } from '@plexus/matrix-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, ClientApiServer } from '../../../../test-support/client-api-server.ts';
import { chunkOf, errorOf, pathIn, RoomCalls } from '../../../../test-support/room-calls.ts';

let calls: RoomCalls;
let server: ClientApiServer;
let alice: string;
let bob: string;
let room: string;

beforeAll(async () => {
  calls = await RoomCalls.started();
  ({ server, alice, bob } = calls);
});
afterAll(() => server.stop());

beforeEach(async () => {
  room = await calls.createRoom({});
});

const call: RoomCalls['call'] = (...asked) => calls.call(...asked);
const inRoom = (path: string): string => pathIn(room, path);
const send = (token: string, text: string): Promise<string> => calls.send(room, token, { body: text });

async function page(query: string, token = alice): Promise<Answer> {
  const answer = await call('GET', inRoom(`/messages?${query}`), token);
  expect(messagesResponse.check(answer.body).outcome).toBe('ok');
  return answer;
}

function bodiesOf(answer: Answer): unknown[] {
  const contents = chunkOf(answer).map((event) => event['content'] as { [key: string]: unknown });
  return contents.map((content) => content['body']).filter((body) => body !== undefined);
}

describe('GET /messages', () => {
  beforeEach(async () => {
    for (const body of ['1', '2', '3', '4', '5']) await send(alice, body);
  });

  it('pages backwards to the beginning', async () => {
    const first = await page('dir=b&limit=2');
    expect(bodiesOf(first)).toEqual(['5', '4']);
    const second = await page(`dir=b&limit=2&from=${String(first.body['end'])}`);
    expect(bodiesOf(second)).toEqual(['3', '2']);
    expect(second.body['start']).toBe(first.body['end']);
    const rest = await page(`dir=b&limit=100&from=${String(second.body['end'])}`);
    expect(bodiesOf(rest)).toEqual(['1']);
    expect(chunkOf(rest).at(-1)).toMatchObject({ type: 'm.room.create' });
    expect(rest.body['end']).toBeUndefined();
  });

  it('pages forwards from where it paged backwards to', async () => {
    const back = await page('dir=b&limit=3');
    const forth = await page(`dir=f&limit=2&from=${String(back.body['end'])}`);
    expect(bodiesOf(forth)).toEqual(['3', '4']);
    const rest = await page(`dir=f&from=${String(forth.body['end'])}`);
    expect(bodiesOf(rest)).toEqual(['5']);
    expect(rest.body['end']).toBeUndefined();
    expect(chunkOf(await page('dir=f&limit=1'))[0]).toMatchObject({ type: 'm.room.create' });
  });

  it('stops where it is told to', async () => {
    const { body } = await page('dir=b&limit=2');
    expect(bodiesOf(await page(`dir=b&to=${String(body['end'])}`))).toEqual(['5', '4']);
    expect(bodiesOf(await page(`dir=f&limit=100&to=${String(body['end'])}`))).toEqual(['1', '2', '3']);
  });

  it('takes the places of /sync too', async () => {
    const positions = await server.ports.rooms.readPositions();
    const token = encodeSyncToken({
      generation: 1,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions,
    });
    await send(alice, '6');
    expect(bodiesOf(await page(`dir=b&limit=1&from=${token}`))).toEqual(['5']);
    expect(bodiesOf(await page(`dir=f&from=${token}`))).toEqual(['6']);
    expect(bodiesOf(await page(`dir=b&to=${token}`))).toEqual(['6']);
    const none = encodeSyncToken({
      generation: 1,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: positions.map(() => 0),
    });
    expect(chunkOf(await page(`dir=b&from=${none}`))).toEqual([]);
    const short = encodeSyncToken({
      generation: 1,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: [],
    });
    expect(errorOf(await call('GET', inRoom(`/messages?dir=b&from=${short}`), alice))).toEqual([
      400,
      'M_INVALID_PARAM',
    ]);
  });

  it('filters, and loads the members of what it shows', async () => {
    const filter = encodeURIComponent(JSON.stringify({ types: ['m.room.message'], lazy_load_members: true }));
    const answer = await page(`dir=b&limit=100&filter=${filter}`);
    expect(bodiesOf(answer)).toEqual(['5', '4', '3', '2', '1']);
    expect(chunkOf(answer)).toHaveLength(5);
    expect(answer.body['state']).toMatchObject([{ type: 'm.room.member', state_key: '@alice:one.example' }]);
    const none = encodeURIComponent(JSON.stringify({ not_senders: ['@alice:one.example'] }));
    expect(chunkOf(await page(`dir=b&filter=${none}`))).toEqual([]);
  });

  it('shows those who left nothing of what came after', async () => {
    await call('POST', inRoom('/join'), bob);
    await send(alice, 'seen');
    await call('POST', inRoom('/leave'), bob);
    await send(alice, 'unseen');
    expect(bodiesOf(await page('dir=b', bob))).toEqual(['seen', '5', '4', '3', '2', '1'].slice(0, 8));
  });

  it('shows members nothing from before they joined where the history is theirs only', async () => {
    await call('PUT', inRoom('/state/m.room.history_visibility'), alice, { history_visibility: 'joined' });
    await send(alice, 'before');
    await call('POST', inRoom('/join'), bob);
    await send(alice, 'after');
    const answer = await page('dir=b&limit=3', bob);
    expect(bodiesOf(answer)).not.toContain('before');
    expect(bodiesOf(answer)).toContain('after');
  });

  it.each([
    ['no direction', '', 'M_MISSING_PARAM'],
    ['a strange direction', 'dir=x', 'M_INVALID_PARAM'],
    ['a strange token', 'dir=b&from=nonsense', 'M_INVALID_PARAM'],
    ['a negative limit', 'dir=b&limit=-1', 'M_INVALID_PARAM'],
    ['a limit that is no number', 'dir=b&limit=x', 'M_INVALID_PARAM'],
    ['a filter that is no JSON', 'dir=b&filter=x', 'M_INVALID_PARAM'],
    ['a filter of the wrong shape', 'dir=b&filter=%7B%22types%22%3A1%7D', 'M_INVALID_PARAM'],
  ])('refuses %s', async (_what, query, errcode) => {
    expect(errorOf(await call('GET', inRoom(`/messages?${query}`), alice))).toEqual([400, errcode]);
  });

  it('refuses strangers', async () => {
    expect(errorOf(await call('GET', inRoom('/messages?dir=b'), bob))).toEqual([403, 'M_FORBIDDEN']);
  });
});
