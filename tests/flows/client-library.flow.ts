import type { MatrixClient as SdkClient, Room } from 'matrix-js-sdk';
import { ClientEvent, createClient, RoomEvent, RoomMemberEvent, SyncState } from 'matrix-js-sdk';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

/** The client library of the Matrix project as applications use it, through one address for all services. */
inBothModes('matrix-js-sdk', (deploy) => {
  let baseUrl: string;
  const started: SdkClient[] = [];
  beforeAll(async () => {
    const proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(await deploy()) });
    baseUrl = proxy.url;
    return () => proxy.close();
  });
  afterEach(() => {
    for (const client of started.splice(0)) client.stopClient();
  });

  async function signUp(name: string): Promise<SdkClient> {
    const registered = await createClient({ baseUrl, logger: SILENT }).registerRequest({
      username: uniqueName(name),
      password: 'wonderland',
      auth: { type: 'm.login.dummy' },
    });
    const client = createClient({
      baseUrl,
      logger: SILENT,
      userId: registered.user_id,
      deviceId: registered.device_id ?? '',
      accessToken: registered.access_token ?? '',
    });
    started.push(client);
    const prepared = new Promise<void>((resolve) => {
      client.on(ClientEvent.Sync, (state) => {
        if (state === SyncState.Prepared) resolve();
      });
    });
    await client.startClient({ initialSyncLimit: 20 });
    await prepared;
    return client;
  }

  it('invites, joins by itself when invited, talks and redacts', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')];
    bob.on(RoomMemberEvent.Membership, (_event, member) => {
      if (member.userId === bob.getUserId() && member.membership === 'invite') void bob.joinRoom(member.roomId);
    });
    const { room_id: roomId } = await alice.createRoom({ name: 'Tea', invite: [bob.getSafeUserId()] });
    await vi.waitFor(() => expect(roomOf(alice, roomId).getJoinedMemberCount()).toBe(2), 30_000);
    await alice.sendTextMessage(roomId, 'hello bob');
    await vi.waitFor(() => expect(saidIn(bob, roomId)).toEqual(['hello bob']), 30_000);
    const { event_id: answer } = await bob.sendTextMessage(roomId, 'hello alice');
    await vi.waitFor(() => expect(saidIn(alice, roomId)).toEqual(['hello bob', 'hello alice']), 30_000);
    await vi.waitFor(() => expect(saidIn(bob, roomId)).toEqual(['hello bob', 'hello alice']), 30_000);
    expect(roomOf(bob, roomId).name).toBe('Tea');
    const redacted = new Promise((resolve) => bob.on(RoomEvent.Redaction, resolve));
    await alice.redactEvent(roomId, answer);
    await redacted;
    expect(roomOf(bob, roomId).findEventById(answer)?.isRedacted()).toBe(true);
  });
});

const SILENT: Logger = {
  getChild: () => SILENT,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

function roomOf(client: SdkClient, roomId: string): Room {
  const room = client.getRoom(roomId);
  if (room === null) throw new Error(`${client.getUserId()} does not know ${roomId}`);
  return room;
}

function saidIn(client: SdkClient, roomId: string): unknown[] {
  return roomOf(client, roomId)
    .getLiveTimeline()
    .getEvents()
    .filter((event) => event.getType() === 'm.room.message' && event.status === null)
    .map((event) => event.getContent()['body']);
}
