import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { federationPath, Visitor } from '@plexus/testing';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let remote: Visitor;
let alice: MatrixClient;
let rita: string;
/** What her server says when it is asked for the whole list. */
let whole: { readonly stream_id: number; readonly devices: readonly JsonObject[] };

beforeAll(async () => {
  http = await specified();
  remote = await Visitor.open(http);
  remote.server.answer('GET', /^\/_matrix\/federation\/v1\/user\/devices\//, () => ({
    status: 200,
    body: { user_id: rita, stream_id: whole.stream_id, devices: [...whole.devices] },
  }));
});
afterAll(() => remote.stop());
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
  rita = remote.user(uniqueName('rita'));
  whole = { stream_id: 1, devices: [{ device_id: 'ONE', keys: keysOf('ONE') }] };
});

function keysOf(deviceId: string): JsonObject {
  return {
    user_id: rita,
    device_id: deviceId,
    algorithms: [],
    keys: { [`ed25519:${deviceId}`]: 'fake' },
    signatures: {},
  };
}

/** The first answer since a token that tells of device lists, and the token after it. */
async function nextLists(since: string): Promise<{ lists: Json; next: string }> {
  for (let token = since; ;) {
    const answer = await alice.sync({ since: token, timeout: 30_000 });
    token = String(answer['next_batch']);
    if (answer['device_lists'] !== undefined) return { lists: answer['device_lists'] as Json, next: token };
  }
}

async function update(deviceId: string, streamId: number, previous: number): Promise<void> {
  const content = {
    user_id: rita,
    device_id: deviceId,
    stream_id: streamId,
    prev_id: [previous],
    keys: keysOf(deviceId),
  };
  await remote.send(uniqueName('update'), { edus: [{ edu_type: 'm.device_list_update', content }] });
}

async function devicesOfRita(): Promise<string[]> {
  const answer = await alice.ask('POST', '/_matrix/client/v3/keys/query', { device_keys: { [rita]: [] } });
  const { [rita]: devices = {} } = answer['device_keys'] as Record<string, Json>;
  return Object.keys(devices).toSorted();
}

function timesAsked(): number {
  return remote.server.requests.filter(({ path }) => path.endsWith(`/user/devices/${rita}`)).length;
}

function encryptedRoom(): Promise<string> {
  const content = { algorithm: 'm.megolm.v1.aes-sha2' };
  const initial_state = [{ type: 'm.room.encryption', state_key: '', content }];
  return alice.createRoom({ preset: 'public_chat', room_version: '11', initial_state });
}

describe('device lists of users of other servers', () => {
  it('are told of to whom has asked for them and shares a room, from joining to leaving', async () => {
    const roomId = await encryptedRoom();
    const begin = String((await alice.sync())['next_batch']);
    await remote.join(roomId, rita);
    const came = await nextLists(begin);
    expect(came.lists).toEqual({ changed: [rita], left: [] });
    expect(await devicesOfRita()).toEqual(['ONE']);
    await update('TWO', 2, 1);
    const changed = await nextLists(came.next);
    expect(changed.lists).toEqual({ changed: [rita], left: [] });
    const changes = `/_matrix/client/v3/keys/changes?${new URLSearchParams({ from: came.next, to: changed.next })}`;
    expect(await alice.ask('GET', changes)).toEqual({ changed: [rita], left: [] });
    const { event } = await remote.makeMembership('leave', roomId, rita);
    await remote.ask('PUT', federationPath('v2/send_leave', roomId, event.eventId), event.pdu);
    expect((await nextLists(changed.next)).lists).toEqual({ changed: [], left: [rita] });
  });

  it('are asked for once, and followed then; again where an update has not come', async () => {
    await remote.join(await encryptedRoom(), rita);
    expect([await devicesOfRita(), timesAsked()]).toEqual([['ONE'], 1]);
    await update('TWO', 2, 1);
    expect([await devicesOfRita(), timesAsked()]).toEqual([['ONE', 'TWO'], 1]);
    whole = { stream_id: 4, devices: [{ device_id: 'FOUR', keys: keysOf('FOUR') }] };
    await update('FOUR', 4, 3);
    expect([await devicesOfRita(), timesAsked()]).toEqual([['FOUR'], 2]);
    expect([await devicesOfRita(), timesAsked()]).toEqual([['FOUR'], 2]);
  });

  it('of whom nobody shares a room with are asked for each time', async () => {
    remote.server.answer('POST', /^\/_matrix\/federation\/v1\/user\/keys\/query$/, () => ({
      status: 200,
      body: { device_keys: { [rita]: { ONE: keysOf('ONE') } } },
    }));
    const asked = (): number => remote.server.requests.filter(({ path }) => path.endsWith('/user/keys/query')).length;
    expect(await devicesOfRita()).toEqual(['ONE']);
    expect(await devicesOfRita()).toEqual(['ONE']);
    expect([asked(), timesAsked()]).toEqual([2, 0]);
  });
});
