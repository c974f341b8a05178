import type { JsonObject } from '@plexus/matrix-base';
import type { AuthOutcome, AuthRule } from '../src/auth-rules/auth-outcome.ts';
import type { AuthState } from '../src/auth-rules/auth-state.ts';
import { authStateOf } from '../src/auth-rules/auth-state.ts';
import { checkAuth } from '../src/auth-rules/check-auth.ts';
import type { RoomEvent } from '../src/pdu/pdu.ts';
import { ROOM_VERSIONS } from '../src/room-version/versions.ts';
import { buildEvent, CREATE_ID, rulesOf } from './build-event.ts';
import type { EventShape } from './build-event.ts';

/** Made the room; level 100, from version 12 on infinite. */
export const ALICE = '@alice:a.example';
/** Joined, level 50. */
export const BOB = '@bob:a.example';
/** Joined, level 0. */
export const CAROL = '@carol:b.example';
/** Not in the room. */
export const DAVE = '@dave:b.example';

/** How the room of a case differs from the usual one: public, Alice, Bob and Carol joined. `null` leaves the event out. */
export interface RoomShape {
  readonly create?: JsonObject | null;
  /** User id → membership, or the whole content; `null` removes the member. */
  readonly members?: Readonly<Record<string, string | JsonObject | null>>;
  readonly joinRule?: string | null;
  readonly powerLevels?: JsonObject | null;
  readonly others?: readonly EventShape[];
}

export type Verdict = AuthRule | 'allow';

/** One row of a table of rules. Verdicts by range of versions, `{ '1-6': 'member.unknown', '7-12': 'allow' }`, cover all versions. */
export interface AuthCase {
  readonly story: string;
  readonly room?: RoomShape;
  readonly event: EventShape;
  readonly verdict: Verdict | Readonly<Record<string, Verdict>>;
}

export interface AuthRow {
  readonly story: string;
  readonly version: string;
  readonly event: RoomEvent;
  readonly state: AuthState;
  readonly verdict: Verdict;
}

/** Every case in every room version. */
export function rowsOf(cases: readonly AuthCase[]): AuthRow[] {
  return cases.flatMap(({ story, room, event, verdict }) =>
    ROOM_VERSIONS.map((version) => ({
      story,
      version,
      event: buildEvent(version, event),
      state: authStateOf(stateEventsOf(version, room)),
      verdict: typeof verdict === 'string' ? verdict : verdictFor(version, verdict),
    })),
  );
}

export function verdictOf({ event, state }: AuthRow): Verdict {
  return nameOf(checkAuth(event, state));
}

export function nameOf(outcome: AuthOutcome): Verdict {
  return outcome.outcome === 'allow' ? 'allow' : outcome.rule;
}

/** The state events of a case's room. */
export function stateEventsOf(version: string, room: RoomShape = {}): RoomEvent[] {
  const members = { [ALICE]: 'join', [BOB]: 'join', [CAROL]: 'join', ...room.members };
  const shapes = [
    ...createOf(room),
    ...Object.entries(members).flatMap(([userId, member]) => memberOf(userId, member)),
    ...single('m.room.join_rules', room.joinRule === null ? null : { join_rule: room.joinRule ?? 'public' }),
    ...single('m.room.power_levels', room.powerLevels === undefined ? defaultPowerLevels(version) : room.powerLevels),
    ...(room.others ?? []),
  ];
  return shapes.map((shape) => buildEvent(version, shape));
}

export function defaultPowerLevels(version: string): JsonObject {
  return { users: rulesOf(version).privilegedCreators ? { [BOB]: 50 } : { [ALICE]: 100, [BOB]: 50 } };
}

function createOf({ create }: RoomShape): EventShape[] {
  if (create === null) return [];
  const content = { creator: ALICE, ...create };
  return [{ eventId: CREATE_ID, type: 'm.room.create', sender: ALICE, stateKey: '', content, prevEvents: [] }];
}

function memberOf(userId: string, member: string | JsonObject | null): EventShape[] {
  if (member === null) return [];
  const content = typeof member === 'string' ? { membership: member } : member;
  return [{ eventId: `$member-${userId.slice(1)}`, type: 'm.room.member', sender: userId, stateKey: userId, content }];
}

function single(type: string, content: JsonObject | null): EventShape[] {
  return content === null ? [] : [{ eventId: `$${type}`, type, sender: ALICE, stateKey: '', content }];
}

function verdictFor(version: string, verdicts: Readonly<Record<string, Verdict>>): Verdict {
  const number = Number(version);
  for (const [range, verdict] of Object.entries(verdicts)) {
    const [from = 0, to = from] = range.split('-').map(Number);
    if (number >= from && number <= to) return verdict;
  }
  throw new TypeError(`No verdict for version ${version}`);
}
