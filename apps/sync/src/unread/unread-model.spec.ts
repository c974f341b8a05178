import {
  adjustPushRule,
  buildPushRules,
  findRoomVersion,
  NO_PUSH_RULE_CHANGES,
  parseRoomEvent,
  putPushRule,
} from '@plexus/room-dag';
import type { PushRule, PushRuleChanges, PushRuleKind, UnreadCounts } from '@plexus/room-dag';
import type { RoomLogRow } from '@plexus/storage';
import { UnreadModel } from '@plexus/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { RoomBody } from '../../test-support/sync-harness.ts';

const [alice, carol, dan] = ['@alice:a.example', '@carol:a.example', '@dan:a.example'];
const ROOM = '!room:a.example';
const MENTIONS = [undefined, { user_ids: [carol] }, { user_ids: [alice, dan] }, { room: true }];

/** What Carol makes of her push rules. */
const RULES: readonly PushRuleChanges[] = [
  NO_PUSH_RULE_CHANGES,
  NO_PUSH_RULE_CHANGES,
  own('override', { rule_id: ROOM, conditions: [{ kind: 'event_match', key: 'room_id', pattern: ROOM }], actions: [] }),
  own('room', { rule_id: ROOM, actions: [] }),
  own('room', { rule_id: ROOM, actions: ['notify'] }),
  own('sender', { rule_id: alice, actions: [] }),
  changed('.m.rule.message', []),
  changed('.m.rule.is_user_mention', ['notify']),
  own('content', { rule_id: 'word', pattern: 'word', actions: ['notify', { set_tweak: 'highlight' }] }),
];

function own(kind: PushRuleKind, rule: Partial<PushRule> & Pick<PushRule, 'rule_id'>): PushRuleChanges {
  const whole = { default: false, enabled: true, actions: [], ...rule };
  const outcome = putPushRule(NO_PUSH_RULE_CHANGES, { kind, rule: whole }, {});
  if (outcome.outcome !== 'changed') throw new Error(outcome.outcome);
  return outcome.changes;
}

function changed(ruleId: string, actions: readonly string[]): PushRuleChanges {
  const kind = ruleId === '.m.rule.message' ? 'underride' : 'override';
  const outcome = adjustPushRule(NO_PUSH_RULE_CHANGES, { kind, ruleId }, { actions });
  if (outcome.outcome !== 'changed') throw new Error(outcome.outcome);
  return outcome.changes;
}

/** Whom Carol ignores. */
const IGNORED: readonly (readonly string[])[] = [[], [], [dan], [alice, dan], ['@nobody:else.example']];

/** One step: somebody says something, in a thread or not; somebody reads up to somewhere; somebody asks, here or at another replica. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('say' as const),
    who: fc.constantFrom(alice, carol, dan),
    thread: fc.constantFrom(undefined, undefined, 0, 1),
    mentions: fc.constantFrom(...MENTIONS),
    body: fc.constantFrom('x', 'a word'),
    type: fc.constantFrom('m.room.message', 'm.room.message', 'm.reaction', 'm.sticker', 'm.room.encrypted'),
  }),
  fc.record({
    kind: fc.constant('read' as const),
    who: fc.constantFrom(alice, carol, dan),
    thread: fc.constantFrom('', '', 'main', 0, 1),
    back: fc.nat({ max: 4 }),
    type: fc.constantFrom('m.read', 'm.read.private'),
  }),
  fc.record({ kind: fc.constant('sync' as const), who: fc.constantFrom(alice, carol, dan), fresh: fc.boolean() }),
);

const RUNS = process.env['PLEXUS_TEST_FULL'] === '1' ? 100 : 50;

it('counts what the rules of each user say, whatever is said and read, at any replica', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ rules: fc.constantFrom(...RULES), ignored: fc.constantFrom(...IGNORED) }),
      fc.array(step, { minLength: 5, maxLength: 40 }),
      async (wishes, steps) => {
        const world = await World.begun(wishes);
        for (const taken of steps) {
          if (taken.kind === 'say') world.say(taken);
          else if (taken.kind === 'read') world.read(taken);
          else await world.ask(taken.who, taken.fresh);
        }
        for (const who of [alice, carol, dan]) await world.ask(who, false);
        expect(world.told).toEqual(world.expected);
      },
    ),
    { numRuns: RUNS },
  );
}, 60_000);

it('comes to the same with what was judged in the background, however little is judged at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ rules: fc.constantFrom(...RULES), ignored: fc.constantFrom(...IGNORED) }),
      fc.array(step, { minLength: 20, maxLength: 60 }),
      async (wishes, steps) => {
        const world = await World.begun(wishes, 1);
        for (const taken of steps) {
          if (taken.kind === 'say') world.say(taken);
          else if (taken.kind === 'read') world.read(taken);
          else await world.askLater(taken.who);
        }
        for (const who of [alice, carol, dan]) await world.askLater(who);
        expect(world.told).toEqual(world.expected);
      },
    ),
    { numRuns: RUNS },
  );
}, 60_000);

class World {
  readonly told: Shown[] = [];
  readonly expected: Shown[] = [];
  readonly #harness: SyncHarness;
  readonly #room: RoomScript;
  readonly #model = new UnreadModel();
  readonly #events: { readonly row: RoomLogRow; readonly thread: string | undefined }[] = [];
  readonly #roots: string[] = [];
  readonly #tokens = new Map<string, string>();

  private constructor(harness: SyncHarness) {
    this.#harness = harness;
    this.#room = new RoomScript(harness, ROOM);
  }

  /** With what Carol wishes. */
  static async begun({ rules, ignored }: Wishes, judgedAtOnce = 500): Promise<World> {
    const world = new World(await SyncHarness.started({ settings: { judgedAtOnce } }));
    const type = 'm.push_rules';
    await world.#harness.setAccountData(carol, { type, content: rules });
    world.#model.setRules(carol, buildPushRules(carol, rules));
    const ignoredUsers = Object.fromEntries(ignored.map((userId) => [userId, {}]));
    await world.#harness.setAccountData(carol, {
      type: 'm.ignored_user_list',
      content: { ignored_users: ignoredUsers },
    });
    world.#model.setIgnored(carol, new Set(ignored));
    world.#room.create(alice);
    world.#room.state('m.room.power_levels', { users_default: 100 });
    for (const row of world.#harness.rooms.rows.flat()) world.#add(row, undefined, row.position === 2);
    for (const who of [carol, dan]) world.#add(world.#room.member(who, 'join'), undefined, true);
    for (const body of ['root one', 'root two']) {
      const row = world.#room.say(alice, body);
      world.#add(row, undefined, false);
      world.#roots.push(row.event?.eventId ?? '');
    }
    return world;
  }

  say(said: {
    who: string;
    thread: number | undefined;
    mentions: object | undefined;
    type: string;
    body: string;
  }): void {
    const thread = said.thread === undefined ? undefined : this.#roots[said.thread];
    const row = this.#harness.send({
      roomId: this.#room.roomId,
      type: said.type,
      sender: said.who,
      content: {
        body: said.body,
        ...(said.mentions !== undefined && { 'm.mentions': said.mentions }),
        ...(thread !== undefined && { 'm.relates_to': { rel_type: 'm.thread', event_id: thread } }),
      },
    });
    this.#add(row, thread, false);
  }

  /** A receipt of one of the last events that it may be of. */
  read({ who, thread, back, type }: { who: string; thread: string | number; back: number; type: string }): void {
    const threadId = typeof thread === 'number' ? (this.#roots[thread] ?? '') : thread;
    const within = this.#events.filter((event) => threadId === '' || threadId === (event.thread ?? 'main'));
    const read = within.at(-1 - back);
    if (read === undefined) return;
    const { position, event } = read.row;
    if (!this.#isNewer(who, { type, threadId, position })) return;
    const receipt = { threadId, eventId: event?.eventId ?? '', eventPosition: position, receiptType: type };
    this.#room.read(who, receipt);
    this.#model.read(who, { threadId, position });
  }

  /** What the user is told by a sync that goes on where the last one ended, if it tells of the room, and by an initial one. */
  async ask(who: string, isFresh: boolean): Promise<void> {
    const harness = isFresh
      ? await SyncHarness.started({ rooms: this.#harness.rooms, streams: this.#harness.streams })
      : this.#harness;
    const since = this.#tokens.get(who);
    const filter = { room: { timeline: { unread_thread_notifications: true } } };
    const body = await harness.sync(who, { filter, ...(since !== undefined && { since }) });
    this.#tokens.set(who, body.next_batch);
    const whole = await harness.sync(who, { filter, deviceId: 'OTHER' });
    const [room, all] = [body, whole].map(({ rooms }) => rooms?.join?.[this.#room.roomId]);
    const expected = shown(this.#model.count(who));
    this.told.push(toldBy(room ?? all), toldBy(all));
    this.expected.push(expected, expected);
  }

  /** What a client is told that begins anew once all is judged of which another client was told in part. */
  async askLater(who: string): Promise<void> {
    const filter = { room: { timeline: { unread_thread_notifications: true } } };
    await this.#harness.sync(who, { filter });
    await this.#harness.parts.backlog.settled();
    const { rooms } = await this.#harness.sync(who, { filter, deviceId: 'OTHER' });
    this.told.push(toldBy(rooms?.join?.[this.#room.roomId]));
    this.expected.push(shown(this.#model.count(who)));
  }

  readonly #receipts = new Map<string, number>();

  #isNewer(who: string, { type, threadId, position }: { type: string; threadId: string; position: number }): boolean {
    const key = `${who} ${type} ${threadId}`;
    if ((this.#receipts.get(key) ?? 0) >= position) return false;
    this.#receipts.set(key, position);
    return true;
  }

  #add(row: RoomLogRow, thread: string | undefined, arrives: boolean): void {
    const rules = findRoomVersion(row.roomVersion);
    if (row.event === undefined || rules === undefined) return;
    this.#events.push({ row, thread });
    const event = parseRoomEvent(row.event.json, row.event.eventId, rules);
    this.#model.add({ position: row.position, event, threadId: thread, senderPowerLevel: 100 }, { arrives });
  }
}

interface Wishes {
  readonly rules: PushRuleChanges;
  readonly ignored: readonly string[];
}

type Shown = Record<string, { notification_count: number; highlight_count: number }>;

function shown({ main, threads }: UnreadCounts): Shown {
  return Object.fromEntries(
    [['main', main] as const, ...threads].map(([threadId, { notify, highlight }]) => [
      threadId,
      { notification_count: notify, highlight_count: highlight },
    ]),
  );
}

function toldBy(room: RoomBody | undefined): Shown {
  return {
    main: room?.unread_notifications ?? { notification_count: -1, highlight_count: -1 },
    ...(room?.unread_thread_notifications as Shown | undefined),
  };
}
