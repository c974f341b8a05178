import { countUnread, findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import type { UnreadCounts } from '@plexus/room-dag';
import { PostgresUnreadReader } from '@plexus/storage-postgres';
import { UnreadModel } from '@plexus/testing';
import type { JsonObject } from '@plexus/matrix-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildProto, buildReceipts, buildSend } from '../../test-support/commands.ts';
import { ALICE, BOB, CAROL, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';

const USERS = [ALICE, BOB, CAROL];
const CONTENTS: readonly JsonObject[] = [
  { body: 'x', msgtype: 'm.text' },
  { body: 'x', msgtype: 'm.notice' },
  { body: 'x', msgtype: 'm.text', 'm.mentions': { user_ids: [BOB] } },
  { body: 'x', msgtype: 'm.text', 'm.mentions': { user_ids: [ALICE, CAROL, '@far:away.example'] } },
  { body: 'x', msgtype: 'm.text', 'm.mentions': { room: true } },
];
const TYPES = ['m.room.message', 'm.room.message', 'm.reaction', 'm.sticker', 'm.room.encrypted'];

let test: TestDatabase;
let harness: PersisterHarness;
beforeAll(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
});
afterAll(async () => {
  await harness.stop();
  await test.drop();
});

/** Numbers that look random, the same in each run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}

it.each([1, 2, 3])('keeps what the rules of each user say of each event, story %i', async (seed) => {
  const roll = dice(seed);
  const story = await Story.begun();
  const threads = [...story.roots, undefined, undefined];
  for (let step = 0; step < 60; step += 1) {
    const who = USERS[roll(3)] ?? ALICE;
    const thread = threads[roll(threads.length)];
    if (roll(4) > 0) await story.say(who, { thread, type: TYPES[roll(5)] ?? '', content: CONTENTS[roll(5)] ?? {} });
    else await story.read(who, { threadId: ['', '', 'main', ...story.roots][roll(5)] ?? '', back: roll(6) });
    if (step % 15 === 0) await story.keepStage();
  }
  expect(await story.stored()).toEqual(story.expected());
  expect(story.stages.stored).toEqual(story.stages.expected);
});

it('is the same after another process has taken over, whatever was not stored', async () => {
  const story = await Story.begun();
  for (const who of USERS) await story.say(who, { thread: undefined, type: 'm.room.message', content: { body: 'x' } });
  await harness.stop();
  harness = await startPersister(test, { address: 'there' });
  expect(await story.stored()).toEqual(story.expected());
  await story.say(BOB, { thread: undefined, type: 'm.room.message', content: { body: 'x' } });
  await expect.poll(() => story.impliedOf(BOB), { timeout: 10_000 }).toBe(story.lastPosition);
  expect(await story.stored()).toEqual(story.expected());
});

interface Said {
  readonly thread: string | undefined;
  readonly type: string;
  readonly content: JsonObject;
}

class Story {
  readonly roots: string[] = [];
  lastPosition = 0;
  readonly #room: string;
  readonly #model = new UnreadModel();
  readonly #events: { readonly eventId: string; readonly position: number; readonly thread: string | undefined }[] = [];

  private constructor(room: string) {
    this.#room = room;
  }

  static async begun(): Promise<Story> {
    const made = buildCreateRoom({ creator: ALICE }, harness.servers);
    const story = new Story(made.roomId);
    await harness.store(made.command);
    for (const sender of [BOB, CAROL])
      await harness.store(buildMembership(made.roomId, { sender, membership: 'join' }));
    await story.#note(undefined);
    for (const body of ['one', 'two'])
      story.roots.push(await story.say(ALICE, { thread: undefined, type: 'm.room.message', content: { body } }));
    return story;
  }

  async say(who: string, { thread, type, content }: Said): Promise<string> {
    const related = thread === undefined ? {} : { 'm.relates_to': { rel_type: 'm.thread', event_id: thread } };
    const [eventId = ''] = await harness.store(
      buildSend(this.#room, buildProto(type, who, { ...content, ...related, key: String(this.#events.length) })),
    );
    await this.#note(thread);
    return eventId;
  }

  async read(who: string, { threadId, back }: { threadId: string; back: number }): Promise<void> {
    const within = this.#events.filter(({ thread = 'main' }) => threadId === '' || thread === threadId);
    const read = within.at(-1 - back);
    if (read === undefined) return;
    await harness.store(buildReceipts(this.#room, who, [{ eventId: read.eventId, threadId }]));
    this.#model.read(who, { threadId, position: read.position });
  }

  readonly stages = { stored: [] as unknown[], expected: [] as unknown[] };

  /** Keeps what is told now, and what should be. */
  async keepStage(): Promise<void> {
    this.stages.expected.push(this.expected());
    this.stages.stored.push(await this.stored());
  }

  async stored(): Promise<unknown[]> {
    return await Promise.all(USERS.map(async (who) => plain(await this.#stored(who))));
  }

  expected(): unknown[] {
    return USERS.map((who) => plain(this.#model.count(who)));
  }

  async impliedOf(userId: string): Promise<number | undefined> {
    const place = await this.#place();
    const key = { userId, receiptType: '', threadId: 'main' };
    return (await harness.rooms.findReceiptPositions(place.shard, place.roomNid, [key]))[0];
  }

  async #stored(userId: string): Promise<UnreadCounts> {
    const [facts] = await new PostgresUnreadReader(test.database).readUnread(userId, [await this.#place()]);
    if (facts === undefined) throw new Error('no such room');
    return countUnread(facts);
  }

  async #place(): Promise<{ shard: number; roomNid: number }> {
    const found = await harness.rooms.findRoom(this.#room);
    if (found === undefined) throw new Error('no such room');
    return found;
  }

  /** Tells the model what the log has of the room. */
  async #note(thread: string | undefined): Promise<void> {
    const { shard, roomNid } = await this.#place();
    const range = { after: this.lastPosition, upTo: Number.MAX_SAFE_INTEGER, limit: 100, order: 'ascending' as const };
    for (const { event: stored, position, roomVersion } of await harness.rooms.readLog({ shard, roomNid, ...range })) {
      const rules = findRoomVersion(roomVersion);
      this.lastPosition = position;
      if (stored === undefined || rules === undefined) continue;
      const event = parseRoomEvent(stored.json, stored.eventId, rules);
      const senderPowerLevel = event.sender === ALICE ? 100 : 0;
      this.#model.add(
        { event, position, threadId: thread, senderPowerLevel },
        { arrives: event.type === 'm.room.member' },
      );
      this.#events.push({ eventId: stored.eventId, position, thread });
    }
  }
}

/** Without threads in which nothing is unread. */
function plain({ main, threads }: UnreadCounts): unknown {
  const unread = [...threads].filter(([, { notify, highlight }]) => notify + highlight > 0);
  return { main, threads: Object.fromEntries(unread) };
}
