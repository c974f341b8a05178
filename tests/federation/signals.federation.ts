import type { JsonObject } from '@plexus/matrix-base';
import { beforeAll, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { crossSigningKey, TestKey } from '../spec/support/crypto-device.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD, uniqueName } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { roomPath, untilMembership, untilReads } from './support/room-views.ts';

const PATIENCE = { timeout: 30_000, interval: 100 };

inBothDirections('people in a room with another server', (peers) => {
  let home: Direction['home'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  const rooms = new Map<string, string>();
  beforeAll(async () => {
    const direction = await peers();
    home = direction.home;
    [alice, bob] = [await home.register('alice'), await direction.away.register('bob')];
    for (const version of ROOM_VERSIONS_TOLD) {
      const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
      rooms.set(version, roomId);
      await bob.join(roomId, [home.serverName]);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
    }
  });

  it.each(ROOM_VERSIONS_TOLD)('see each other type, in version %s', async (version) => {
    const roomId = roomOf(version);
    await alice.ask('PUT', `${roomPath(roomId)}/typing/${encodeURIComponent(alice.userId)}`, {
      typing: true,
      timeout: 30_000,
    });
    const sees = untilSynced(bob, roomId, (room) => {
      const events = eventsIn(room['ephemeral']).filter(({ type }) => type === 'm.typing');
      return events.some(({ content }) => JSON.stringify(content).includes(alice.userId));
    });
    await expect(sees).resolves.toBeUndefined();
  });

  it.each(ROOM_VERSIONS_TOLD)('see what the other has read, in version %s', async (version) => {
    const roomId = roomOf(version);
    const eventId = await alice.send(roomId, 'read this');
    await untilReads(bob, roomId, 'read this');
    await bob.ask('POST', `${roomPath(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
    const sees = untilSynced(alice, roomId, (room) => {
      const receipts = eventsIn(room['ephemeral']).filter(({ type }) => type === 'm.receipt');
      return receipts.some(({ content }) => JSON.stringify(content[eventId] ?? '').includes(bob.userId));
    });
    await expect(sees).resolves.toBeUndefined();
  });

  it('see whether the other is there', async () => {
    for (const presence of ['online', 'unavailable']) {
      const path = `/_matrix/client/v3/presence/${encodeURIComponent(alice.userId)}/status`;
      await alice.ask('PUT', path, { presence, status_msg: `I am ${presence}` });
      const seen = (): Promise<Json> => bob.ask('GET', path);
      await expect.poll(seen, PATIENCE).toMatchObject({ presence, status_msg: `I am ${presence}` });
    }
  });

  it('get messages to their devices, once', async () => {
    const messages = { [bob.userId]: { [bob.session.deviceId]: { text: 'psst' } } };
    const path = `/_matrix/client/v3/sendToDevice/org.example.whisper/${uniqueName('t')}`;
    for (let times = 0; times < 2; times += 1) await alice.ask('PUT', path, { messages });
    const whispers = async (): Promise<readonly Json[]> => {
      const events = eventsIn((await bob.sync())['to_device']);
      return events.filter(({ type }) => type === 'org.example.whisper');
    };
    await expect.poll(whispers, PATIENCE).toMatchObject([{ sender: alice.userId, content: { text: 'psst' } }]);
  });

  it('sign each other’s master keys', async () => {
    const [theirs, own] = [await publishKeys(bob), await publishKeys(alice)];
    let master: JsonObject | undefined;
    await waitUntil('the other’s key is there', 30_000, async () => {
      master = await masterKeyOf(alice, bob.userId);
      return master !== undefined;
    });
    const signed = own.user.sign({ ...master }, alice.userId);
    const uploaded = await alice.ask('POST', '/_matrix/client/v3/keys/signatures/upload', {
      [bob.userId]: { [theirs.master.publicKey]: signed },
    });
    expect(uploaded['failures'] ?? {}).toEqual({});
    // Synapse shows no signature with keys that it asks for just then, before it has stored the list of bob's devices.
    const shown = (): Promise<JsonObject | undefined> => masterKeyOf(alice, bob.userId);
    await expect.poll(shown, PATIENCE).toMatchObject({
      signatures: { [alice.userId]: signed.signatures[alice.userId] },
    });
  });

  function roomOf(version: string): string {
    const roomId = rooms.get(version);
    if (roomId === undefined) throw new Error(`there is no room of version ${version}`);
    return roomId;
  }
});

function untilSynced(client: MatrixClient, roomId: string, isThere: (room: Json) => boolean): Promise<void> {
  return waitUntil(`${client.userId} sees it in ${roomId}`, 30_000, async () => {
    const { rooms: synced } = await client.sync();
    const room = (synced as { readonly join?: Readonly<Record<string, Json>> } | undefined)?.join?.[roomId];
    return room !== undefined && isThere(room);
  });
}

function eventsIn(part: unknown): readonly { readonly type: string; readonly content: Json }[] {
  return (part as { readonly events?: readonly { readonly type: string; readonly content: Json }[] })?.events ?? [];
}

/** Publishes keys of cross-signing, and gives those that sign. */
async function publishKeys(client: MatrixClient): Promise<{ master: TestKey; user: TestKey }> {
  const { userId } = client;
  const [master, user] = [new TestKey(), new TestKey()];
  await client.ask('POST', '/_matrix/client/v3/keys/device_signing/upload', {
    master_key: master.sign(crossSigningKey(master, userId, 'master'), userId),
    self_signing_key: master.sign(crossSigningKey(new TestKey(), userId, 'self_signing'), userId),
    user_signing_key: master.sign(crossSigningKey(user, userId, 'user_signing'), userId),
  });
  return { master, user };
}

async function masterKeyOf(viewer: MatrixClient, userId: string): Promise<JsonObject | undefined> {
  const queried = await viewer.ask('POST', '/_matrix/client/v3/keys/query', { device_keys: { [userId]: [] } });
  return (queried['master_keys'] as Readonly<Record<string, JsonObject>> | undefined)?.[userId];
}
