import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

interface Event {
  readonly event_id: string;
  readonly type: string;
  readonly content: Json;
  readonly unsigned?: { readonly 'm.relations'?: Relations };
}

interface Relations {
  readonly 'm.replace'?: Event;
  readonly 'm.reference'?: { readonly chunk: readonly { readonly event_id: string }[] };
  readonly 'm.thread'?: {
    readonly latest_event: Event;
    readonly count: number;
    readonly current_user_participated: boolean;
  };
}

interface Page {
  readonly chunk: readonly Event[];
  readonly next_batch?: string;
  readonly prev_batch?: string;
  readonly recursion_depth?: number;
}

let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
let transactions = 0;
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
});

function put(client: MatrixClient, content: Json, type = 'm.room.message'): Promise<Reply> {
  transactions += 1;
  return client.call('PUT', client.sendPath(roomId, `relation-${transactions}`, type), content);
}

async function send(client: MatrixClient, content: Json, type?: string): Promise<string> {
  return textOf((await put(client, content, type)).body, 'event_id');
}

function said(body: string): Json {
  return { msgtype: 'm.text', body };
}

function related(relationType: string, eventId: string, more: Json = {}): Json {
  return { 'm.relates_to': { rel_type: relationType, event_id: eventId, ...more } };
}

function edit(eventId: string, body: string): Json {
  return { ...said(`* ${body}`), 'm.new_content': said(body), ...related('m.replace', eventId) };
}

function react(client: MatrixClient, eventId: string, key: string): Promise<string> {
  return send(client, related('m.annotation', eventId, { key }), 'm.reaction');
}

function reply(client: MatrixClient, root: string, body: string): Promise<string> {
  return send(client, { ...said(body), ...related('m.thread', root) });
}

async function redact(client: MatrixClient, eventId: string): Promise<void> {
  transactions += 1;
  const path = roomPath(roomId, `/redact/${encodeURIComponent(eventId)}/redaction-${transactions}`);
  await client.ask('PUT', path, {});
}

function idsOf({ chunk }: { readonly chunk: readonly { readonly event_id: string }[] }): string[] {
  return chunk.map(({ event_id: id }) => id);
}

async function relationsOf(eventId: string, client = alice): Promise<Relations | undefined> {
  const path = roomPath(roomId, `/event/${encodeURIComponent(eventId)}`);
  return (await client.ask<Event>('GET', path)).unsigned?.['m.relations'];
}

function relationsPath(rest: string): string {
  return `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${rest}`;
}

async function listed(rest: string, query: Record<string, string> = {}, client = alice): Promise<Page> {
  return client.ask<Page>('GET', relationsPath(`${rest}?${new URLSearchParams(query)}`));
}

describe('bundled aggregations', () => {
  it('have the most recent valid replacement, until it is redacted, and leave the content as it was', async () => {
    const original = await send(alice, said('one'));
    await send(alice, edit(original, 'two'));
    const latest = await send(alice, edit(original, 'three'));
    await send(bob, edit(original, 'forged'));
    await send(alice, { ...said('no new content'), ...related('m.replace', original) });
    await send(alice, edit(original, 'of another type'), 'org.example.message');
    const { 'm.replace': replacement } = (await relationsOf(original)) ?? {};
    expect([replacement?.event_id, replacement?.content['m.new_content']]).toEqual([latest, said('three')]);
    const path = roomPath(roomId, `/event/${encodeURIComponent(original)}`);
    expect((await alice.ask('GET', path))['content']).toEqual(said('one'));
    await redact(alice, latest);
    expect((await relationsOf(original))?.['m.replace']?.content['m.new_content']).toEqual(said('two'));
    await redact(alice, original);
    expect(await relationsOf(original)).toBeUndefined();
  });

  it('have no replacement of a replacement, nor of state', async () => {
    const original = await send(alice, said('one'));
    const first = await send(alice, edit(original, 'two'));
    await send(alice, edit(first, 'three'));
    expect(await relationsOf(first)).toBeUndefined();
    const topic = await alice.setState(roomId, 'm.room.topic', { topic: 'x' });
    await send(alice, edit(topic, 'y'), 'm.room.topic');
    expect(await relationsOf(topic)).toBeUndefined();
  });

  it('have what refers to the event', async () => {
    const original = await send(alice, said('one'));
    const references = [
      await send(bob, { ...said('a'), ...related('m.reference', original) }),
      await send(alice, { ...said('b'), ...related('m.reference', original) }),
    ];
    expect(await relationsOf(original)).toEqual({
      'm.reference': { chunk: references.map((id) => ({ event_id: id })) },
    });
  });

  it('have the thread: its latest reply with its own replacement, how many, and who took part', async () => {
    const root = await send(alice, said('root'));
    await reply(bob, root, 'one');
    const latest = await reply(bob, root, 'two');
    const change = await send(bob, edit(latest, 'two!'));
    const { 'm.thread': thread } = (await relationsOf(root)) ?? {};
    expect([thread?.count, thread?.latest_event.event_id, thread?.current_user_participated]).toEqual([
      2,
      latest,
      true,
    ]);
    expect(thread?.latest_event.unsigned?.['m.relations']?.['m.replace']?.event_id).toBe(change);
    await redact(bob, latest);
    expect((await relationsOf(root))?.['m.thread']).toMatchObject({
      count: 1,
      latest_event: { content: { body: 'one' } },
    });
  });

  it('say who took part in a thread', async () => {
    const http = await specified();
    const carol = await http.register(uniqueName('carol'));
    await carol.join(roomId);
    const root = await send(alice, said('root'));
    await reply(bob, root, 'one');
    const hasParticipated = async (client: MatrixClient) =>
      (await relationsOf(root, client))?.['m.thread']?.current_user_participated;
    expect([await hasParticipated(alice), await hasParticipated(bob), await hasParticipated(carol)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('count no annotations', async () => {
    const original = await send(alice, said('one'));
    await react(bob, original, '👍');
    expect(await relationsOf(original)).toBeUndefined();
  });

  it('come with pages, contexts and limited timelines', async () => {
    const original = await send(alice, said('original'));
    const change = await send(alice, edit(original, 'changed'));
    const find = (events: unknown) =>
      (events as readonly Event[]).find(({ event_id: id }) => id === original)?.unsigned?.['m.relations']?.['m.replace']
        ?.event_id;
    expect(find((await alice.ask('GET', roomPath(roomId, '/messages?dir=b&limit=5')))['chunk'])).toBe(change);
    const context = await alice.ask('GET', roomPath(roomId, `/context/${encodeURIComponent(change)}?limit=4`));
    expect(find(context['events_before'])).toBe(change);
    const filter = { room: { timeline: { limit: 3 } } };
    const { rooms } = (await alice.sync({ filter })) as {
      rooms?: { join: Record<string, { timeline: { events: unknown; limited: boolean } }> };
    };
    const timeline = rooms?.join[roomId]?.timeline;
    expect([timeline?.limited, find(timeline?.events)]).toEqual([true, change]);
  });
});

describe('users who are ignored', () => {
  let carol: MatrixClient;
  beforeAll(async () => {
    carol = await (await specified()).register(uniqueName('carol'));
    await carol.join(roomId);
    const path = `/_matrix/client/v3/user/${encodeURIComponent(carol.userId)}/account_data/m.ignored_user_list`;
    await carol.ask('PUT', path, { ignored_users: { [bob.userId]: {} } });
  });

  it('count for nothing in what relates to an event', async () => {
    const root = await send(alice, said('root'));
    const own = await reply(alice, root, 'one');
    await reply(bob, root, 'two');
    await send(bob, { ...said('a'), ...related('m.reference', root) });
    const relations = await relationsOf(root, carol);
    expect([relations?.['m.thread']?.count, relations?.['m.thread']?.latest_event.event_id]).toEqual([1, own]);
    expect(relations?.['m.reference']).toBeUndefined();
    expect(idsOf(await listed(encodeURIComponent(root), {}, carol))).toEqual([own]);
    expect((await relationsOf(root))?.['m.thread']?.count).toBe(2);
  });

  it('are not read, but for state, and their threads begin with nothing', async () => {
    const root = await send(bob, said('root'));
    await reply(alice, root, 'one');
    const page = await carol.ask<Page>('GET', roomPath(roomId, '/messages?dir=b&limit=5'));
    expect(idsOf(page)).not.toContain(root);
    const path = `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/threads?limit=1`;
    const { chunk } = await carol.ask<Page>('GET', path);
    expect(chunk.map(({ event_id: id, content }) => [id, content])).toEqual([[root, {}]]);
  });
});

describe('sending', () => {
  it('refuses a second equal annotation, until the first is redacted', async () => {
    const original = await send(alice, said('one'));
    const first = await react(bob, original, '👍');
    const again = () => put(bob, related('m.annotation', original, { key: '👍' }), 'm.reaction');
    expectError(await again(), 400, 'M_DUPLICATE_ANNOTATION');
    await react(bob, original, '👎');
    await react(alice, original, '👍');
    await send(bob, related('m.annotation', original, { key: '👍' }), 'org.example.reaction');
    await redact(bob, first);
    expect((await again()).status).toBe(200);
  });

  it('takes one of many equal annotations that come at once', async () => {
    const original = await send(alice, said('one'));
    const content = related('m.annotation', original, { key: '🎉' });
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => (await put(bob, content, 'm.reaction')).status),
    );
    expect(statuses.toSorted()).toEqual([200, 400, 400, 400, 400]);
  });

  it('refuses a thread on an event that has a relation itself', async () => {
    const root = await send(alice, said('root'));
    const first = await reply(alice, root, 'one');
    expectError(await put(alice, { ...said('nested'), ...related('m.thread', first) }), 400, 'M_UNKNOWN');
    const rich = await send(alice, { ...said('rich'), 'm.relates_to': { 'm.in_reply_to': { event_id: root } } });
    expect((await put(alice, { ...said('fine'), ...related('m.thread', rich) })).status).toBe(200);
  });

  it('takes relations that mean nothing', async () => {
    for (const relatesTo of [7, {}, { rel_type: 'm.thread' }, { rel_type: 'm.annotation', event_id: 'x', key: 'k' }]) {
      expect((await put(alice, { ...said('x'), 'm.relates_to': relatesTo })).status).toBe(200);
    }
  });
});

describe('GET /relations', () => {
  it('lists what relates to an event, the newest first, by type and by type of event', async () => {
    const root = await send(alice, said('root'));
    const [one, two] = [await reply(bob, root, 'one'), await reply(alice, root, 'two')];
    const reaction = await react(bob, root, '👍');
    const id = encodeURIComponent(root);
    expect(idsOf(await listed(id))).toEqual([reaction, two, one]);
    expect(idsOf(await listed(id, { dir: 'f' }))).toEqual([one, two, reaction]);
    expect(idsOf(await listed(`${id}/m.thread`))).toEqual([two, one]);
    expect(idsOf(await listed(`${id}/m.annotation/m.reaction`))).toEqual([reaction]);
    expect(idsOf(await listed(`${id}/m.annotation/m.room.message`))).toEqual([]);
    await redact(bob, reaction);
    expect(idsOf(await listed(`${id}/m.annotation`))).toEqual([]);
    expect(idsOf(await listed(encodeURIComponent(one)))).toEqual([]);
  });

  it('goes on page by page, in both directions, between the tokens of other endpoints', async () => {
    const root = await send(alice, said('root'));
    const replies: string[] = [];
    for (const body of ['a', 'b', 'c', 'd', 'e']) replies.push(await reply(alice, root, body));
    const id = encodeURIComponent(root);
    const first = await listed(id, { limit: '2' });
    expect([idsOf(first), first.prev_batch]).toEqual([[replies[4], replies[3]], undefined]);
    const second = await listed(id, { limit: '2', from: first.next_batch ?? '' });
    expect(idsOf(second)).toEqual([replies[2], replies[1]]);
    const third = await listed(id, { limit: '2', from: second.next_batch ?? '' });
    expect([idsOf(third), third.next_batch]).toEqual([[replies[0]], undefined]);
    expect(idsOf(await listed(id, { to: second.next_batch ?? '' }))).toEqual([4, 3, 2, 1].map((at) => replies[at]));
    const { next_batch: now } = await alice.sync();
    await reply(alice, root, 'later');
    expect(idsOf(await listed(id, { from: String(now), limit: '1' }))).toEqual([replies[4]]);
  });

  it('follows relations over three levels, through events that match', async () => {
    const root = await send(alice, said('root'));
    const first = await reply(alice, root, 'one');
    const reaction = await react(bob, first, '👍');
    const third = await send(bob, { ...said('x'), ...related('m.reference', reaction) });
    const fourth = await send(bob, { ...said('y'), ...related('m.reference', third) });
    const id = encodeURIComponent(root);
    const direct = await listed(id, { recurse: 'false' });
    expect([idsOf(direct), direct.recursion_depth]).toEqual([[first], 1]);
    const all = await listed(id, { recurse: 'true' });
    expect([idsOf(all), all.recursion_depth]).toEqual([[third, reaction, first], 3]);
    expect(idsOf(all)).not.toContain(fourth);
    expect((await listed(id)).recursion_depth).toBeUndefined();
    expect(idsOf(await listed(`${id}/m.reference`, { recurse: 'true' }))).toEqual([]);
  });

  it('is not there for what the user may not see', async () => {
    const unknown = encodeURIComponent(`$${'x'.repeat(43)}`);
    expectError(await alice.call('GET', relationsPath(unknown)), 404, 'M_NOT_FOUND');
    expectError(await alice.call('GET', relationsPath('nonsense')), 400, 'M_INVALID_PARAM');
    const root = encodeURIComponent(await send(alice, said('root')));
    for (const query of ['from=x', 'to=x', 'limit=x', 'dir=x', 'recurse=x']) {
      expectError(await alice.call('GET', relationsPath(`${root}?${query}`)), 400, 'M_INVALID_PARAM');
    }
  });
});

describe('GET /threads', () => {
  let threads: string;
  let room: string;
  beforeAll(async () => {
    room = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(room);
    threads = `/_matrix/client/v1/rooms/${encodeURIComponent(room)}/threads`;
  });

  async function page(query: Record<string, string> = {}, client = alice): Promise<Page> {
    return client.ask<Page>('GET', `${threads}?${new URLSearchParams(query)}`);
  }

  async function start(client: MatrixClient, body: string): Promise<string> {
    return client.send(room, body, `root-${body}`);
  }

  async function answer(client: MatrixClient, root: string, body: string): Promise<string> {
    const content = { ...said(body), ...related('m.thread', root) };
    return textOf(await client.ask('PUT', client.sendPath(room, `answer-${body}`), content), 'event_id');
  }

  it('lists threads by their latest reply, with what relates to them', async () => {
    expect((await page()).chunk).toEqual([]);
    const [one, two, three] = [await start(alice, 'one'), await start(bob, 'two'), await start(bob, 'three')];
    await answer(alice, one, 'a');
    await answer(bob, two, 'b');
    await answer(bob, three, 'c');
    await answer(bob, one, 'd');
    const all = await page();
    expect(idsOf(all)).toEqual([one, three, two]);
    expect(all.chunk[0]?.unsigned?.['m.relations']?.['m.thread']?.count).toBe(2);
    expect(idsOf(await page({ include: 'participated' }))).toEqual([one]);
    expect(idsOf(await page({ include: 'participated' }, bob))).toEqual([one, three, two]);
    const first = await page({ limit: '2' });
    expect(idsOf(first)).toEqual([one, three]);
    const second = await page({ limit: '2', from: first.next_batch ?? '' });
    expect([idsOf(second), second.next_batch]).toEqual([[two], undefined]);
  });

  it.each([['include=some'], ['limit=0'], ['limit=x'], ['from=x']])('refuses ?%s', async (query) => {
    expectError(await alice.call('GET', `${threads}?${query}`), 400, 'M_INVALID_PARAM');
  });

  it('is for members', async () => {
    const secret = await alice.createRoom();
    const path = `/_matrix/client/v1/rooms/${encodeURIComponent(secret)}/threads`;
    expectError(await bob.call('GET', path), 403, 'M_FORBIDDEN');
  });
});
