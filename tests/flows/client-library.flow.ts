import type { MatrixClient as SdkClient, Room } from 'matrix-js-sdk';
import {
  ClientEvent,
  createClient,
  EventType,
  MsgType,
  RelationType,
  RoomEvent,
  RoomMemberEvent,
  SyncState,
} from 'matrix-js-sdk';
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

  async function signUp(name: string, address = baseUrl): Promise<SdkClient> {
    const registered = await createClient({ baseUrl: address, logger: SILENT }).registerRequest({
      username: uniqueName(name),
      password: 'wonderland',
      auth: { type: 'm.login.dummy' },
    });
    const client = createClient({
      baseUrl: address,
      timelineSupport: true,
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
    await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true, threadSupport: true });
    await prepared;
    return client;
  }

  it('invites, joins by itself when invited, talks and redacts', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')];
    const roomId = await meet(alice, bob);
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

  it('edits, reacts and replies in a thread, and the other sees each where it belongs', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')];
    const roomId = await meet(alice, bob);
    const { event_id: first } = await alice.sendTextMessage(roomId, 'the kettel is on');
    await alice.sendEvent(roomId, EventType.RoomMessage, {
      msgtype: MsgType.Text,
      body: '* the kettle is on',
      'm.new_content': { msgtype: MsgType.Text, body: 'the kettle is on' },
      'm.relates_to': { rel_type: RelationType.Replace, event_id: first },
    });
    await alice.sendEvent(roomId, EventType.Reaction, {
      'm.relates_to': { rel_type: RelationType.Annotation, event_id: first, key: '☕' },
    });
    await vi.waitFor(() => {
      const room = roomOf(bob, roomId);
      expect(room.findEventById(first)?.getContent()['body']).toBe('the kettle is on');
      const reactions = room.relations.getChildEventsForEvent(first, RelationType.Annotation, EventType.Reaction);
      expect(reactions?.getSortedAnnotationsByKey()?.map(([key, events]) => [key, events.size])).toEqual([['☕', 1]]);
    }, 30_000);
    // @NOTE The library throws where its own sync is quicker than the answer to a threaded message: so this session does not sync.
    const pen = createClient({ baseUrl, logger: SILENT, userId: bob.getSafeUserId(), accessToken: tokenOf(bob) });
    await pen.sendMessage(roomId, first, { msgtype: MsgType.Text, body: 'milk?' });
    await vi.waitFor(() => {
      const thread = roomOf(alice, roomId).getThread(first);
      expect(thread?.length).toBe(1);
      expect(thread?.replyToEvent?.getContent()['body']).toBe('milk?');
    }, 30_000);
    expect(saidIn(alice, roomId)).toEqual(['the kettle is on']);
  });

  it('pages back to the beginning with lazily loaded members, and finds by searching what was said there', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')];
    const roomId = await meet(alice);
    const said = Array.from({ length: 45 }, (_, index) => `message ${index}`);
    for (const body of said) await alice.sendTextMessage(roomId, body);
    await alice.invite(roomId, bob.getSafeUserId());
    await vi.waitFor(() => expect(roomOf(bob, roomId).getMyMembership()).toBe('invite'), 30_000);
    await alice.sendStateEvent(roomId, EventType.RoomTopic, { topic: 'late' }, '');
    await bob.joinRoom(roomId);
    await vi.waitFor(() => expect(roomOf(bob, roomId).getMyMembership()).toBe('join'), 30_000);
    const room = roomOf(bob, roomId);
    while (room.oldState.paginationToken !== null) await bob.scrollback(room, 20);
    expect(saidIn(bob, roomId)).toEqual(said);
    expect(room.getMember(alice.getSafeUserId())?.membership).toBe('join');
    await vi.waitFor(async () => {
      const found = await bob.searchRoomEvents({ term: 'message 7', filter: { rooms: [roomId] } });
      const bodies = found.results.map(({ context }) => context.getEvent().getContent()['body']);
      expect(bodies).toContain('message 7');
    }, 30_000);
  });

  it('talks across two hosted servers', async () => {
    const { port } = new URL(baseUrl);
    const [alice, bob] = [await signUp('alice'), await signUp('bob', `http://localhost:${port}`)];
    expect([alice.getDomain(), bob.getDomain()]).toEqual(['one.test', 'two.test']);
    const roomId = await meet(alice, bob);
    await alice.sendTextMessage(roomId, 'hello over there');
    await vi.waitFor(() => expect(saidIn(bob, roomId)).toEqual(['hello over there']), 30_000);
    await bob.sendTextMessage(roomId, 'hello yourself');
    await vi.waitFor(() => expect(saidIn(alice, roomId)).toEqual(['hello over there', 'hello yourself']), 30_000);
  });
});

/** A room of the first one's in which all others are, who join by themselves when they are invited. */
async function meet(host: SdkClient, ...guests: readonly SdkClient[]): Promise<string> {
  for (const guest of guests) {
    guest.on(RoomMemberEvent.Membership, (_event, member) => {
      if (member.userId === guest.getUserId() && member.membership === 'invite') void guest.joinRoom(member.roomId);
    });
  }
  const { room_id: roomId } = await host.createRoom({
    name: 'Tea',
    invite: guests.map((one) => one.getSafeUserId()),
  });
  const everybody = [host, ...guests];
  await vi.waitFor(() => {
    for (const client of everybody) expect(roomOf(client, roomId).getJoinedMemberCount()).toBe(everybody.length);
  }, 30_000);
  return roomId;
}

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

function tokenOf(client: SdkClient): string {
  return client.getAccessToken() ?? '';
}

/** Messages in the order of the timeline; edits belong to what they replace. */
function saidIn(client: SdkClient, roomId: string): unknown[] {
  return roomOf(client, roomId)
    .getLiveTimeline()
    .getEvents()
    .filter((event) => event.getType() === 'm.room.message' && event.status === null)
    .filter((event) => !event.isRelation(RelationType.Replace))
    .map((event) => event.getContent()['body']);
}
