import { FakeCache, FakeRooms } from '@plexus/testing';
import type { RoomLogRow } from '@plexus/storage';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SyncHarness } from '../../test-support/sync-harness.ts';
import type { ClientEventBody, RoomBody, SyncBody } from '../../test-support/sync-harness.ts';

const ME = '@me:a.example';
const OTHER = '@other:b.example';

/** From which memberships the rules let a user get to one. */
const ALLOWED_FROM: Readonly<Record<string, readonly string[]>> = {
  join: ['join', 'invite', 'leave'],
  invite: ['leave', 'invite'],
  leave: ['join', 'invite', 'ban'],
  ban: ['join', 'invite', 'leave', 'ban'],
};

/** What happens next, in the world or at the client. */
type Step =
  | { readonly kind: 'say' | 'topic' | 'myProfile'; readonly room: number }
  | { readonly kind: 'membership'; readonly room: number; readonly membership: 'join' | 'leave' | 'ban' | 'invite' }
  | { readonly kind: 'visibility'; readonly room: number; readonly visibility: 'shared' | 'joined' }
  | {
      readonly kind: 'sync';
      readonly limit: number;
      readonly isLost: boolean;
      readonly replica: number;
      readonly after: boolean;
    }
  | { readonly kind: 'sweep'; readonly replica: number };

const room = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('say' as const), room }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('topic' as const, 'myProfile' as const), room }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('membership' as const),
      room,
      membership: fc.constantFrom('join' as const, 'leave' as const, 'ban' as const, 'invite' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('visibility' as const),
      room,
      visibility: fc.constantFrom('shared' as const, 'joined' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      limit: fc.integer({ min: 1, max: 5 }),
      isLost: fc.boolean(),
      replica: fc.integer({ min: 0, max: 1 }),
      after: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const), replica: fc.integer({ min: 0, max: 1 }) }) },
);

interface SeenRoom {
  /** Since the timeline was cut off the last time. */
  readonly timeline: string[];
  readonly state: Map<string, string>;
  isJoined: boolean;
}

/** A client that believes what the specification tells it to believe. */
class ModelClient {
  since: string | undefined;
  readonly rooms = new Map<string, SeenRoom>();

  take(body: SyncBody): void {
    for (const [roomId, joined] of Object.entries(body.rooms?.join ?? {})) this.#takeRoom(roomId, joined, true);
    for (const [roomId, left] of Object.entries(body.rooms?.leave ?? {})) this.#takeRoom(roomId, left, false);
    for (const roomId of Object.keys(body.rooms?.invite ?? {})) {
      const seen = this.rooms.get(roomId);
      if (seen !== undefined) seen.isJoined = false;
    }
    this.since = body.next_batch;
  }

  #takeRoom(roomId: string, body: RoomBody, isJoined: boolean): void {
    const seen = this.rooms.get(roomId) ?? { timeline: [], state: new Map<string, string>(), isJoined };
    seen.isJoined = isJoined;
    if (body.timeline.limited) seen.timeline.length = 0;
    for (const event of body.state?.events ?? []) applyState(seen.state, event);
    for (const event of body.timeline.events) {
      seen.timeline.push(event.event_id);
      if (body.state_after === undefined) applyState(seen.state, event);
    }
    for (const event of body.state_after?.events ?? []) applyState(seen.state, event);
    this.rooms.set(roomId, seen);
  }
}

function applyState(state: Map<string, string>, { type, state_key, event_id }: ClientEventBody): void {
  if (state_key !== undefined) state.set(`${type} ${state_key}`, event_id);
}

/** The truth: what was appended, and what of it the user may see. */
class ModelWorld {
  readonly rooms = new FakeRooms(3);
  readonly replicas: SyncHarness[] = [];
  readonly rows = new Map<string, RoomLogRow[]>();
  #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  async start(): Promise<void> {
    const answers = new FakeCache<string>();
    for (let replica = 0; replica < 2; replica += 1) {
      const settings = { tailBytes: replica === 0 ? 1_000_000 : 6000 };
      this.replicas.push(await SyncHarness.started({ rooms: this.rooms, settings, answers, bootId: replica + 1 }));
    }
    for (let number = 0; number < 4; number += 1) {
      const roomId = `!${number}:a.example`;
      this.#append(roomId, { type: 'm.room.create', stateKey: '', sender: OTHER });
      this.#append(roomId, { type: 'm.room.member', stateKey: OTHER, sender: OTHER, content: { membership: 'join' } });
    }
  }

  async play(step: Exclude<Step, { kind: 'sync' }>): Promise<void> {
    if (step.kind === 'sweep') return await this.replicas[step.replica]?.parts.follower.sweep();
    const roomId = `!${step.room}:a.example`;
    if (step.kind === 'say') return this.#append(roomId, { type: 'm.room.message', sender: OTHER });
    if (step.kind === 'topic') return this.#append(roomId, { type: 'm.room.topic', stateKey: '', sender: OTHER });
    if (step.kind === 'visibility') {
      const content = { history_visibility: step.visibility };
      return this.#append(roomId, { type: 'm.room.history_visibility', stateKey: '', sender: OTHER, content });
    }
    const isProfile = step.kind === 'myProfile';
    if (isProfile && this.membershipIn(roomId) !== 'join') return;
    const membership = step.kind === 'membership' ? step.membership : 'join';
    if (ALLOWED_FROM[membership]?.includes(this.membershipIn(roomId)) !== true) return;
    const sender = membership === 'join' || membership === 'leave' ? ME : OTHER;
    this.#append(roomId, { type: 'm.room.member', stateKey: ME, sender, content: { membership } });
  }

  async catchUp(): Promise<void> {
    const positions = await this.rooms.readPositions();
    for (const { parts } of this.replicas) await parts.follower.reached(positions, new AbortController().signal);
  }

  membershipIn(roomId: string): string {
    const row = this.rows.get(roomId)?.findLast(({ event }) => isMine(parse(event?.json)));
    return row === undefined ? 'leave' : String(parse(row.event?.json).content['membership']);
  }

  /** What the user may see of a room, oldest first. */
  visible(roomId: string): string[] {
    const rows = this.rows.get(roomId) ?? [];
    const lastJoined = rows.findLastIndex((_, index) => membershipAt(rows, index) === 'join');
    let visibility = 'shared';
    return rows.flatMap(({ event }, index) => {
      const { type, content } = parse(event?.json);
      const before = visibility;
      if (type === 'm.room.history_visibility') visibility = String(content['history_visibility']);
      const isShared = [before, visibility].includes('shared') && index <= lastJoined;
      const isSeen = isShared || membershipAt(rows, index) === 'join' || isMine(parse(event?.json));
      return isSeen ? [event?.eventId ?? ''] : [];
    });
  }

  state(roomId: string): Map<string, string> {
    const state = new Map<string, string>();
    for (const { event } of this.rows.get(roomId) ?? []) {
      const { type, state_key } = parse(event?.json);
      if (state_key !== undefined) state.set(`${type} ${state_key}`, event?.eventId ?? '');
    }
    return state;
  }

  #append(roomId: string, event: { type: string; sender: string; stateKey?: string; content?: object }): void {
    const row = this.rooms.append({ roomId, ...event, content: { ...event.content } });
    this.rows.set(roomId, [...(this.rows.get(roomId) ?? []), row]);
    for (const replica of this.replicas) {
      const fate = this.#random();
      if (fate > 1) replica.arrive(row);
      if (fate === 9) replica.arrive(row);
    }
  }
}

interface ParsedEvent {
  readonly type: string;
  readonly state_key?: string;
  readonly content: Readonly<Record<string, unknown>>;
}

function parse(json: Buffer | undefined): ParsedEvent {
  return JSON.parse(json?.toString() ?? '{"type":"","content":{}}') as ParsedEvent;
}

function isMine({ type, state_key }: ParsedEvent): boolean {
  return type === 'm.room.member' && state_key === ME;
}

/** The user's membership after a row. */
function membershipAt(rows: readonly RoomLogRow[], index: number): string {
  const row = rows.slice(0, index + 1).findLast(({ event }) => isMine(parse(event?.json)));
  return row === undefined ? 'leave' : String(parse(row.event?.json).content['membership']);
}

/** What the client has wrong, if anything. */
function findDifference(world: ModelWorld, client: ModelClient): string | undefined {
  const wrong = [...world.rows.keys()].map((roomId) => findRoomDifference(world, client, roomId));
  return wrong.find((difference) => difference !== undefined);
}

function findRoomDifference(world: ModelWorld, client: ModelClient, roomId: string): string | undefined {
  const seen = client.rooms.get(roomId);
  const isJoined = world.membershipIn(roomId) === 'join';
  if ((seen?.isJoined ?? false) !== isJoined) return `${roomId}: joined is ${isJoined}`;
  if (seen === undefined) return undefined;
  const visible = world.visible(roomId);
  const hidden = seen.timeline.filter((eventId) => !visible.includes(eventId));
  if (hidden.length > 0) return `${roomId}: shows ${hidden.join(' ')}`;
  if (new Set(seen.timeline).size < seen.timeline.length) return `${roomId}: repeats ${seen.timeline.join(' ')}`;
  if (!isJoined) return undefined;
  // Since the timeline was cut off the last time, each visible event in order.
  const start = visible.indexOf(seen.timeline[0] ?? '');
  const expected = visible.slice(start === -1 ? visible.length : start).join(' ');
  if (seen.timeline.join(' ') !== expected) return `${roomId}: ${seen.timeline.join(' ')} instead of ${expected}`;
  const [state, truth] = [textOf(seen.state), textOf(world.state(roomId))];
  return state === truth ? undefined : `${roomId}: state ${state} instead of ${truth}`;
}

function textOf(state: ReadonlyMap<string, string>): string {
  return [...state]
    .map(([key, eventId]) => `${key}=${eventId}`)
    .toSorted()
    .join(' ');
}

const fates = fc.infiniteStream(fc.integer({ min: 0, max: 9 }));

async function sync(world: ModelWorld, client: ModelClient, step: Extract<Step, { kind: 'sync' }>): Promise<void> {
  const filter = { room: { timeline: { limit: step.limit } } };
  const since = client.since === undefined ? {} : { since: client.since };
  const body = await world.replicas[step.replica]?.sync(ME, { ...since, filter, useStateAfter: step.after });
  if (body !== undefined && !step.isLost) client.take(body);
}

const RUNS = process.env['PLEXUS_TEST_FULL'] === '1' ? 500 : 200;

it('gives each visible event once and in order, and the state of the model, whatever is lost, late or repeated', async () => {
  const history = fc.array(step, { minLength: 5, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(history, fates, async (steps, stream) => {
      const world = new ModelWorld(() => stream.next().value ?? 5);
      await world.start();
      const client = new ModelClient();
      for (const next of steps) {
        if (next.kind === 'sync') await sync(world, client, next);
        else await world.play(next);
      }
      await world.catchUp();
      // The first answer may be one that was lost before.
      const last = { kind: 'sync', limit: 3, isLost: false, replica: 0, after: false } as const;
      await sync(world, client, last);
      await sync(world, client, last);
      expect(findDifference(world, client)).toBeUndefined();
    }),
    { numRuns: RUNS },
  );
}, 60_000);
