import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import { joinedIn, syncWith } from '../support/sync-answer.ts';

const USER = '/_matrix/client/v3/user';

let alice: MatrixClient;
let bob: MatrixClient;
let own: string;
let room: string;
let roomId: string;
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({ preset: 'private_chat' });
  own = `${USER}/${encodeURIComponent(alice.userId)}`;
  room = `${own}/rooms/${encodeURIComponent(roomId)}`;
});

describe('account data', () => {
  it('is kept, and comes with /sync', async () => {
    const { next_batch: since } = await syncWith(alice);
    expect(await alice.ask('PUT', `${own}/account_data/org.example`, { color: 'red' })).toEqual({});
    expect(await alice.ask('PUT', `${room}/account_data/org.example`, { color: 'blue' })).toEqual({});
    expect(await alice.ask('GET', `${own}/account_data/org.example`)).toEqual({ color: 'red' });
    expect(await alice.ask('GET', `${room}/account_data/org.example`)).toEqual({ color: 'blue' });
    const answer = await syncWith(alice, { since });
    expect(answer.account_data?.events).toEqual([{ type: 'org.example', content: { color: 'red' } }]);
    expect(joinedIn(answer, roomId).account_data?.events).toEqual([
      { type: 'org.example', content: { color: 'blue' } },
    ]);
  });

  it('ends the waiting of the other device', async () => {
    const { next_batch: since } = await syncWith(alice);
    const waiting = syncWith(alice, { since, timeout: '20000' });
    await alice.ask('PUT', `${own}/account_data/org.example.wake`, {});
    expect((await waiting).account_data?.events.map(({ type }) => type)).toEqual(['org.example.wake']);
  });

  it('is nobody else’s', async () => {
    for (const path of [`${own}/account_data/a`, `${room}/account_data/a`, `${room}/tags`]) {
      expectError(await bob.call('GET', path), 403, 'M_FORBIDDEN');
    }
    expectError(await bob.call('PUT', `${own}/account_data/a`, {}), 403, 'M_FORBIDDEN');
    expectError(await bob.call('PUT', `${room}/account_data/a`, {}), 403, 'M_FORBIDDEN');
  });

  it('that was never set is not found', async () => {
    expectError(await alice.call('GET', `${own}/account_data/none`), 404, 'M_NOT_FOUND');
    expectError(await alice.call('GET', `${room}/account_data/none`), 404, 'M_NOT_FOUND');
  });

  it.each(['m.push_rules', 'm.fully_read'])('%s cannot be set', async (type) => {
    expectError(await alice.call('PUT', `${own}/account_data/${type}`, {}), 405, 'M_BAD_JSON');
    expectError(await alice.call('PUT', `${room}/account_data/${type}`, {}), 405, 'M_BAD_JSON');
  });

  it('is an object, of a room', async () => {
    expectError(await alice.call('PUT', `${own}/account_data/a`, []), 400, 'M_BAD_JSON');
    expectError(await alice.call('PUT', `${own}/account_data/a`), 400, 'M_NOT_JSON');
    expectError(await alice.call('PUT', `${own}/rooms/none/account_data/a`, {}), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('GET', `${own}/rooms/none/account_data/a`), 400, 'M_INVALID_PARAM');
  });
});

describe('tags', () => {
  it('are added, listed, told and removed', async () => {
    const { next_batch: since } = await syncWith(alice);
    expect(await alice.ask('PUT', `${room}/tags/m.favourite`, { order: 0.1 })).toEqual({});
    expect(await alice.ask('PUT', `${room}/tags/u.work`, {})).toEqual({});
    const tags = { 'm.favourite': { order: 0.1 }, 'u.work': {} };
    expect(await alice.ask('GET', `${room}/tags`)).toEqual({ tags });
    const told = joinedIn(await syncWith(alice, { since }), roomId).account_data?.events;
    expect(told).toEqual([{ type: 'm.tag', content: { tags } }]);
    expect(await alice.ask('DELETE', `${room}/tags/u.work`)).toEqual({});
    expect(await alice.ask('GET', `${room}/tags`)).toEqual({ tags: { 'm.favourite': { order: 0.1 } } });
  });
});
