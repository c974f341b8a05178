import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SigningKey } from '@plexus/matrix-base';
import type { RoomEvent } from '@plexus/room-dag';
import { federationPath, RemoteHomeserver, RemoteRoom, serveRoom, signPdu } from '@plexus/testing';
import type { ScriptedAnswer, Visitor } from '@plexus/testing';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { query } from '../recovery/support/owners.ts';
import { allMessages, recentEvents, roomPath, stateOf, untilReads } from './support/room-views.ts';
import type { SeenEvent } from './support/room-views.ts';
import { launchWatched } from './support/watched-plexus.ts';
import type { NamedServers, WatchedPlexus } from './support/watched-plexus.ts';

const SOON = { timeout: 20_000, interval: 50 };
const DROPPED = 'plexus_federation_inbound_pdus_total';
const JUDGED = 'plexus_persister_pdus_total';
const REQUESTS = 'plexus_federation_requests_total';
const FORBIDDEN = { errcode: 'M_FORBIDDEN', error: expect.any(String) };
const MEMBERS = 1_500;

let named: NamedServers;
let plexus: WatchedPlexus;
let alice: MatrixClient;
let lastTransaction = 0;

beforeAll(async () => {
  named = {
    'right.test': await RemoteHomeserver.start({ serverName: 'right.test', certificateNames: ['right.test'] }),
    'wrong.test': await RemoteHomeserver.start({ serverName: 'wrong.test', certificateNames: ['other.test'] }),
    'denied.test': await RemoteHomeserver.start({ serverName: 'denied.test', certificateNames: ['denied.test'] }),
  };
  plexus = await launchWatched(named);
  alice = await plexus.http.register('alice');
});
afterAll(async () => {
  await plexus.stop();
  await Promise.all(Object.values(named).map((server) => server.stop()));
});

function serverNamed(name: string): RemoteHomeserver {
  const server = named[name];
  if (server === undefined) throw new Error(`nobody is named ${name}`);
  return server;
}

function publicRoom(): Promise<string> {
  return alice.createRoom({ preset: 'public_chat', room_version: '11' });
}

function send(visitor: Visitor, events: readonly { readonly pdu: RoomEvent['pdu'] }[]) {
  lastTransaction += 1;
  return visitor.send(`t${lastTransaction}`, { pdus: events.map(({ pdu }) => pdu) });
}

/** An event whose signature is of something else. */
function withForeignSignature(event: RoomEvent, { name, key }: RemoteHomeserver): RoomEvent {
  const signatures = { [name]: { [key.keyId]: key.sign('something else') } };
  return { ...event, pdu: { ...event.pdu, signatures } };
}

describe('what other servers send that is not as it must be', () => {
  let remote: Visitor;
  let room: RemoteRoom;
  beforeAll(async () => {
    remote = await plexus.visit();
    room = await remote.join(await publicRoom(), remote.user('mallory'));
  });

  it('is dropped, redacted or rejected, each for itself, and what comes with it is taken', async () => {
    const { roomId, userId } = room;
    const say = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'evil' } };
    const good = room.say('good');
    const forged = withForeignSignature(room.build(say), remote.server);
    const unpublished = new SigningKey('ed25519:secret', Buffer.alloc(32, 7));
    const byUnknownKey = signPdu({ name: remote.serverName, key: unpublished }, room.build(say).pdu, room.rules);
    const changed = room.say('as it was');
    const seized = room.build({ type: 'm.room.power_levels', stateKey: '', content: { users: { [userId]: 100 } } });
    const topic = { type: 'm.room.topic', stateKey: '', content: { topic: 'mine' } };
    const authEvents = room.authEventsOf(topic).map((eventId) => {
      return eventId === room.stateEvent('m.room.power_levels')?.eventId ? seized.eventId : eventId;
    });
    const authorizedByIt = room.build({ ...topic, authEvents });
    const last = room.say('last');

    const results = await send(remote, [
      good,
      forged,
      byUnknownKey,
      { pdu: { ...changed.pdu, content: { body: 'as it is not' } } },
      seized,
      authorizedByIt,
      last,
    ]);
    const ids = [good, changed, seized, authorizedByIt, last].map(({ eventId }) => eventId);
    expect(results).toEqual({
      ...Object.fromEntries(ids.map((eventId) => [eventId, {}])),
      [forged.eventId]: FORBIDDEN,
      [byUnknownKey.eventId]: FORBIDDEN,
    });
    await untilReads(alice, roomId, 'last');
    const messages = (await recentEvents(alice, roomId)).filter(({ type }) => type === 'm.room.message');
    expect(messages.map(({ content }) => content['body'])).toEqual(['good', undefined, 'last']);
    const state = await stateOf(alice, roomId);
    expect(state['m.room.topic|']).toBeUndefined();
    expect(Object.values(state)).not.toContain(seized.eventId);

    expect(await plexus.count(DROPPED, { outcome: 'dropped', rule: /^signature\./ })).toBe(1);
    expect(await plexus.count(DROPPED, { outcome: 'dropped', rule: 'keys.unavailable' })).toBe(1);
    expect(await plexus.count(DROPPED, { outcome: 'taken', rule: 'content-hash.tampered' })).toBe(1);
    await vi.waitFor(async () => expect(await plexus.count(JUDGED, { outcome: 'rejected', rule: /./ })).toBe(2), SOON);
    for (const { eventId } of [forged, byUnknownKey])
      expect(plexus.hasLogged('A PDU of another server was dropped', eventId, remote.serverName)).toBe(true);
    expect(plexus.hasLogged('has been tampered with', changed.eventId)).toBe(true);
    for (const { eventId } of [seized, authorizedByIt])
      await vi.waitFor(() => expect(plexus.hasLogged('was not accepted', '"rejected"', eventId)).toBe(true), SOON);
  });

  it('waits alone where it follows, or cites, what nobody ever gives', async () => {
    remote.server.answer('POST', /get_missing_events/, () => 'endless');
    const lost = room.build({ type: 'm.room.message', content: { msgtype: 'm.text', body: 'lost' } });
    const content = { msgtype: 'm.text', body: 'follows what is lost' };
    const waiting = room.build({ type: 'm.room.message', content, prevEvents: [lost.eventId] });
    const elsewhere = await remote.join(await publicRoom(), room.userId);
    const say = { type: 'm.room.message', content };
    const authorizedElsewhere = room.build({ ...say, authEvents: elsewhere.authEventsOf(say) });
    const good = room.say('goes on');
    const given = [waiting, authorizedElsewhere, good];
    expect(await send(remote, given)).toEqual(Object.fromEntries(given.map(({ eventId }) => [eventId, {}])));
    await untilReads(alice, room.roomId, 'goes on');
    await remote.server.received(({ path }) => path.includes('get_missing_events'));
    await vi.waitFor(async () => {
      expect(await plexus.count('plexus_room_gaps_total', { outcome: 'postponed' })).toBe(2);
    }, SOON);
    expect(await plexus.count('synapse_federation_server_number_inbound_pdu_in_staging')).toBe(2);
    expect(await allMessages(alice, room.roomId)).not.toContain('follows what is lost');
  });

  it('holds up no other server while its keys are asked for in vain', async () => {
    const silent = await plexus.visit();
    silent.server.answer('GET', /\/key\/v2\/server$/, () => 'silence');
    const asked = silent.call('GET', federationPath('v1/make_join', room.roomId, silent.user('sid')));
    await silent.server.received(({ path }) => path.includes('/key/'));
    const good = room.say('meanwhile');
    expect(await send(remote, [good])).toEqual({ [good.eventId]: {} });
    await untilReads(alice, room.roomId, 'meanwhile');
    silent.server.goAway();
    expect(await asked).toMatchObject({ status: 401, body: { errcode: 'M_UNAUTHORIZED' } });
    expect(plexus.hasLogged('No keys of another server were got', silent.serverName)).toBe(true);
    expect(await plexus.count('plexus_federation_refused_requests_total', { reason: 'unknown-key' })).toBeGreaterThan(
      0,
    );
  });

  it('comes in by a third server only, where the room shuts its sender’s server out', async () => {
    const denied = await plexus.visit(serverNamed('denied.test'));
    const roomId = await publicRoom();
    const third = await remote.join(roomId, remote.user('terry'));
    const theirs = await denied.join(roomId, denied.user('dora'));
    await alice.setState(roomId, 'm.room.server_acl', { allow: ['*'], deny: ['denied.test'], allow_ip_literals: true });
    const said = theirs.say('let me in');
    expect(await send(denied, [said])).toEqual({ [said.eventId]: FORBIDDEN });
    const own = third.say('I was sent this');
    expect(await send(remote, [said, own])).toEqual({ [said.eventId]: {}, [own.eventId]: {} });
    await untilReads(alice, roomId, 'let me in');
    expect(await plexus.count(DROPPED, { outcome: 'denied' })).toBe(1);
  });
});

const MISBEHAVIOURS: Readonly<Record<string, ScriptedAnswer>> = {
  'never answers': 'silence',
  'ends the connection': 'reset',
  'ends in the middle of its answer': 'truncated',
  'answers without end': 'endless',
  'answers drop by drop': 'trickle',
  'answers what is no JSON': { status: 200, text: '<html>' },
  fails: { status: 500, body: {} },
};

describe('servers that do not answer as they should', () => {
  it('delay no other server, and get what they missed when they behave', async () => {
    const roomId = await publicRoom();
    const [good, ...bad] = await Promise.all(
      [undefined, ...Object.values(MISBEHAVIOURS)].map(async (answer) => {
        const visitor = await plexus.visit();
        await visitor.join(roomId, visitor.user('guest'));
        if (answer !== undefined) visitor.inbox.answer = () => answer;
        return visitor;
      }),
    );
    const said = ['one', 'two', 'three'];
    for (const body of said) await alice.send(roomId, body);
    await vi.waitFor(() => expect(good?.inbox.said).toEqual(said), SOON);
    const reasons = ['timeout', 'broken', 'too-large', 'not-json', '5xx'];
    for (const outcome of reasons) {
      const unsent = () => plexus.count('plexus_federation_unsent_transactions_total', { outcome });
      await vi.waitFor(async () => expect(await unsent()).toBeGreaterThan(0), SOON);
    }
    for (const { serverName } of bad)
      await vi.waitFor(() => {
        expect(plexus.hasLogged('A destination is left alone for a while', `"${serverName}"`)).toBe(true);
      }, SOON);
    await alice.send(roomId, 'four');
    await vi.waitFor(() => expect(good?.inbox.said).toEqual([...said, 'four']), SOON);
    for (const { inbox } of bad) inbox.answer = () => ({ status: 200, body: { pdus: {} } });
    for (const { inbox } of bad) await vi.waitFor(() => expect(inbox.said.at(-1)).toBe('four'), SOON);
  });

  it('cost who asks them their own time only', async () => {
    const finished: string[] = [];
    const ask = async (server: RemoteHomeserver, name: string): Promise<number> => {
      const path = `/_matrix/client/v3/profile/${encodeURIComponent(server.user('sam'))}`;
      const { status } = await alice.call('GET', path);
      finished.push(name);
      return status;
    };
    const bad = await Promise.all(
      Object.values(MISBEHAVIOURS).map(async (answer) => {
        const { server } = await plexus.visit();
        server.answer('GET', /query\/profile/, () => answer);
        return server;
      }),
    );
    const { server: good } = await plexus.visit();
    good.answer('GET', /query\/profile/, () => ({ status: 200, body: { displayname: 'Sam' } }));
    const statuses = Object.keys(MISBEHAVIOURS).map((name, index) => {
      const server = bad[index];
      if (server === undefined) throw new Error(`nobody ${name}`);
      return ask(server, name);
    });
    expect(await ask(good, 'good')).toBe(200);
    expect(finished).not.toContain('never answers');
    expect(await Promise.all(statuses)).toEqual(statuses.map(() => 502));
    for (const outcome of ['timeout', 'broken', 'too-large', '5xx'])
      expect(await plexus.count(REQUESTS, { outcome })).toBeGreaterThan(0);
  });

  it('are passed over for one that lets a user in', async () => {
    const [host, bad, trap] = [await plexus.visit(), await plexus.visit(), await plexus.visit()];
    const redirect = { status: 302, body: {}, headers: { location: `https://${trap.serverName}/stolen` } };
    const joins = [...Object.values(MISBEHAVIOURS), redirect].map(async (answer, index) => {
      const room = new RemoteRoom(host.server, { version: '11' });
      serveRoom(host.server, room);
      serveRoom(bad.server, room);
      // Some let nobody begin, others nobody end.
      const step = index % 2 === 0 ? (['GET', /make_join/] as const) : (['PUT', /send_join/] as const);
      bad.server.answerIf(
        step[0],
        step[1],
        ({ path }) => path.includes(room.roomId),
        () => answer,
      );
      await alice.join(room.roomId, [bad.serverName, host.serverName]);
      return room;
    });
    for (const room of await Promise.all(joins))
      expect(Object.keys(await stateOf(alice, room.roomId))).toContain(`m.room.member|${alice.userId}`);
    expect(trap.server.requests).toEqual([]);
    expect(await plexus.count(REQUESTS, { outcome: '3xx' })).toBeGreaterThan(0);
  });

  it('are not talked to where their certificate is for another name, or their address is forbidden', async () => {
    const [right, wrong] = [serverNamed('right.test'), serverNamed('wrong.test')];
    for (const server of [right, wrong])
      server.answer('GET', /query\/profile/, () => ({ status: 200, body: { displayname: 'Wanda' } }));
    const ask = (userId: string) => alice.call('GET', `/_matrix/client/v3/profile/${encodeURIComponent(userId)}`);
    expect(await ask(right.user('wanda'))).toMatchObject({ status: 200, body: { displayname: 'Wanda' } });
    expect(await ask(wrong.user('wanda'))).toMatchObject({ status: 502 });
    expect(await ask(`@wanda:127.0.0.2:${right.port}`)).toMatchObject({
      status: 404,
      body: { errcode: 'M_NOT_FOUND' },
    });
    expect(wrong.requests).toEqual([]);
    expect(await plexus.count(REQUESTS, { outcome: 'tls' })).toBe(1);
    expect(await plexus.count(REQUESTS, { outcome: 'ip-range' })).toBe(1);
    const visitor = await plexus.visit(wrong);
    expect(
      await visitor.call('GET', federationPath('v1/query/profile') + `?user_id=${encodeURIComponent(alice.userId)}`),
    ).toMatchObject({ status: 401 });
  });
});

/** What a client is told, one `/sync` after the other, of what is said in a room. */
class News {
  readonly texts: string[] = [];
  readonly #client: MatrixClient;
  readonly #roomId: string;
  #since: string | undefined;

  constructor(client: MatrixClient, roomId: string) {
    this.#client = client;
    this.#roomId = roomId;
  }

  /** All of it so far. */
  async hear(): Promise<readonly string[]> {
    const query = this.#since === undefined ? {} : { since: this.#since };
    const { next_batch: next, rooms } = await this.#client.sync<SyncedRooms>(query);
    this.#since = next;
    for (const { content } of rooms?.join?.[this.#roomId]?.timeline.events ?? [])
      if (typeof content['body'] === 'string') this.texts.push(content['body']);
    return this.texts;
  }
}

interface SyncedRooms {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Readonly<Record<string, { readonly timeline: { readonly events: readonly SeenEvent[] } }>>;
  };
}

describe('a room of another server', () => {
  it('is not taken over by what is slipped into its state', async () => {
    const host = await plexus.visit();
    const room = new RemoteRoom(host.server, { version: '11' });
    serveRoom(host.server, room);
    const mallory = host.user('mallory');
    room.join(mallory);
    const seize = { users: { [mallory]: 100, [room.creator]: 0 } };
    const before = room.stateEvent('m.room.power_levels')?.eventId;
    const stolen = room.build({ type: 'm.room.topic', sender: mallory, stateKey: '', content: { topic: 'mine' } });
    room.add(stolen);
    const name = room.build({ type: 'm.room.name', stateKey: '', content: { name: 'forged' } });
    room.add(withForeignSignature(name, host.server));
    const other = new RemoteRoom(host.server, { version: '11' });
    room.add(other.append({ type: 'm.room.avatar', stateKey: '', content: { url: 'mxc://x/y' } }));
    room.append({ type: 'org.example.note', stateKey: 'a', content: { is: 'mine' }, sender: mallory });
    room.say('come in');
    await alice.join(room.roomId, [host.serverName]);
    const state = await stateOf(alice, room.roomId);
    expect(state['m.room.power_levels|']).toBe(before);
    for (const key of ['m.room.topic|', 'm.room.name|', 'm.room.avatar|', 'org.example.note|a'])
      expect(Object.keys(state)).not.toContain(key);
    const seized = room.build({ type: 'm.room.power_levels', sender: mallory, stateKey: '', content: seize });
    const said = room.say('still here');
    await send(host, [seized, said]);
    await untilReads(alice, room.roomId, 'still here');
    expect((await stateOf(alice, room.roomId))['m.room.power_levels|']).toBe(before);
  });

  it('goes on with what was said beside the join, which makes nothing news that was said before', async () => {
    const host = await plexus.visit();
    const room = new RemoteRoom(host.server, { version: '11' });
    serveRoom(host.server, room);
    for (let index = 0; index < 30; index += 1) room.say(`before ${index}`);
    const prevEvents = room.extremities;
    await alice.join(room.roomId, [host.serverName]);
    const news = new News(alice, room.roomId);
    await news.hear();
    news.texts.length = 0;
    const content = { msgtype: 'm.text', body: 'as you came in' };
    await send(host, [room.append({ type: 'm.room.message', content, prevEvents })]);
    await vi.waitFor(async () => expect(await news.hear()).toContain(content.body), SOON);
    expect(news.texts).toEqual([content.body]);
    const all = [...Array.from({ length: 30 }, (_, index) => `before ${index}`), content.body];
    expect(await allMessages(alice, room.roomId)).toEqual(all);
  });

  it('is used before its members are known, and gets to know them after a kill -9', async () => {
    const host = await plexus.visit();
    const room = new RemoteRoom(host.server, { version: '11' });
    for (let index = 0; index < MEMBERS; index += 1) room.join(host.user(`member-${index}`));
    serveRoom(host.server, room);
    const ofRoom = ({ path }: { readonly path: string }) => path.includes(room.roomId);
    host.server.answerIf('GET', /v1\/state\//, ofRoom, () => 'silence');
    await alice.join(room.roomId, [host.serverName]);
    await host.server.received((request) => ofRoom(request) && request.path.includes('/state/'));
    await alice.send(room.roomId, 'I do not know yet who you are');
    await vi.waitFor(() => expect(host.inbox.said).toContain('I do not know yet who you are'), SOON);

    const [process] = plexus.deployment.services;
    await query(plexus.deployment, 'update partial_joins set due_at = now()');
    await process?.kill();
    serveRoom(host.server, room);
    await process?.start();
    const again = new MatrixHttp(plexus.deployment);
    const back = await again.login('alice');
    await vi.waitFor(async () => {
      const { joined } = await back.ask('GET', `${roomPath(room.roomId)}/joined_members`);
      expect(Object.keys(joined as object)).toHaveLength(MEMBERS + 2);
    }, SOON);
    const said = room.say('now you know');
    await host.through(again).send('after', { pdus: [said.pdu] });
    await untilReads(back, room.roomId, 'now you know');
    again.close();
  });
});
