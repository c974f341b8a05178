import type { JsonObject } from '@plexus/matrix-base';
import { authTypesForEvent } from '../src/auth-rules/auth-types-for-event.ts';
import type { RoomEvent } from '../src/pdu/pdu.ts';
import type { ResolutionInput } from '../src/state-resolution/resolution-input.ts';
import { buildEvent, CREATE_ID, rulesOf } from './build-event.ts';
import type { FullState } from './reference-resolution.ts';
import { keyOf } from './reference-resolution.ts';
import { loadedInput } from './resolution-caller.ts';

/** A room of many members whose moderators fork it into branches that fight. */
export interface LargeRoom {
  readonly events: ReadonlyMap<string, RoomEvent>;
  readonly rejected: ReadonlySet<string>;
  /** The state that all branches start from. */
  readonly trunk: FullState;
  /** What each branch changes in it. */
  readonly branches: readonly FullState[];
}

export interface LargeRoomShape {
  readonly version: string;
  readonly members: number;
  readonly branches: number;
  /** Each branch bans so many members; half of them are banned by the next branch too. */
  readonly bansPerBranch: number;
  /** How often the power levels changed before the fork. */
  readonly formerLevels?: number;
}

const CREATOR = '@creator:a.example';

export function buildLargeRoom(shape: LargeRoomShape): LargeRoom {
  const builder = new LargeRoomBuilder(shape.version);
  builder.send('$creator', {
    sender: CREATOR,
    type: 'm.room.member',
    stateKey: CREATOR,
    content: { membership: 'join' },
  });
  builder.send('$levels', powerLevels(CREATOR, builder.levelsOf(shape.branches)));
  builder.send('$rules', {
    sender: CREATOR,
    type: 'm.room.join_rules',
    stateKey: '',
    content: { join_rule: 'public' },
  });
  for (let index = 0; index < shape.branches; index += 1) builder.send(`$mod-${index}`, join(moderator(index)));
  for (let index = 0; index < shape.members; index += 1) builder.send(`$member-${index}`, join(member(index)));
  for (let index = 0; index < (shape.formerLevels ?? 0); index += 1) {
    const content = { ...builder.levelsOf(shape.branches), invite: index % 2 };
    builder.send(`$former-levels-${index}`, powerLevels(CREATOR, content));
  }
  const trunk = new Map(builder.state);
  const branches = Array.from({ length: shape.branches }, (_, index) => builder.fork(trunk, index, shape));
  return { events: builder.events, rejected: new Set(), trunk, branches };
}

/** The full states after all branches: for small rooms. */
export function fullStatesOf({ trunk, branches }: LargeRoom): FullState[] {
  return branches.map((branch) => new Map([...trunk, ...branch]));
}

/** What resolving the branches takes, from what they differ in. */
export function largeRoomInput(room: LargeRoom): ResolutionInput {
  const { trunk, branches } = room;
  const keys = new Set(branches.flatMap((branch) => [...branch.keys()]));
  const conflicts = [...keys].map((key) => {
    const [type = '', stateKey = ''] = JSON.parse(key) as string[];
    return { type, stateKey, eventIds: branches.map((branch) => branch.get(key) ?? trunk.get(key)) };
  });
  const findEventId = (type: string, stateKey: string): string | undefined => trunk.get(keyOf({ type, stateKey }));
  return { ...loadedInput([trunk], room), conflicts, unconflicted: { findEventId } };
}

class LargeRoomBuilder {
  readonly events = new Map<string, RoomEvent>();
  readonly #version: string;
  state = new Map<string, string>();

  constructor(version: string) {
    this.#version = version;
    this.send(CREATE_ID, { sender: CREATOR, type: 'm.room.create', stateKey: '', content: { creator: CREATOR } });
  }

  send(eventId: string, action: Action): void {
    const time = this.events.size;
    const authEvents = this.#authEventsOf(action);
    const event = buildEvent(this.#version, { ...action, eventId, authEvents, originServerTs: time, depth: time });
    this.events.set(eventId, event);
    this.state.set(keyOf(event), eventId);
  }

  /** One branch: bans, then new power levels that take the moderator below his power, then a ban by those. */
  fork(trunk: FullState, index: number, { branches, bansPerBranch, members }: LargeRoomShape): FullState {
    this.state = new Map(trunk);
    const first = Math.floor((index * bansPerBranch) / 2);
    for (let count = 0; count < bansPerBranch; count += 1) {
      this.send(`$ban-${index}-${count}`, ban(moderator(index), member((first + count) % members)));
    }
    const levels = this.levelsOf(branches, index);
    this.send(`$levels-${index}`, powerLevels(moderator(index), levels));
    if (index > 0) this.send(`$ban-mod-${index}`, ban(moderator(index), moderator(index - 1)));
    this.send(`$topic-${index}`, { sender: moderator(index), type: 'm.room.topic', stateKey: '', content: {} });
    return new Map([...this.state].filter(([key, eventId]) => trunk.get(key) !== eventId));
  }

  /** Moderators in ascending power; the one below `by` loses his. */
  levelsOf(moderators: number, by?: number): JsonObject {
    const levels = Array.from({ length: moderators }, (_, index) => [
      moderator(index),
      index + 1 === by ? 0 : 60 + index,
    ]);
    const users = Object.fromEntries(levels) as JsonObject;
    const isNamed = !rulesOf(this.#version).privilegedCreators;
    const kick = by === undefined ? {} : { kick: 50 + (by % 10) };
    return { users: isNamed ? { [CREATOR]: 1_000, ...users } : users, ...kick };
  }

  #authEventsOf(action: Action): string[] {
    const found = authTypesForEvent(buildEvent(this.#version, action)).map((key) => this.state.get(keyOf(key)));
    return found.filter((eventId) => eventId !== undefined);
  }
}

interface Action {
  readonly sender: string;
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

function moderator(index: number): string {
  return `@mod${index}:m${index % 7}.example`;
}

function member(index: number): string {
  return `@user${index}:u${index % 90}.example`;
}

function join(userId: string): Action {
  return { sender: userId, type: 'm.room.member', stateKey: userId, content: { membership: 'join' } };
}

function ban(sender: string, stateKey: string): Action {
  return { sender, type: 'm.room.member', stateKey, content: { membership: 'ban' } };
}

function powerLevels(sender: string, content: JsonObject): Action {
  return { sender, type: 'm.room.power_levels', stateKey: '', content };
}
