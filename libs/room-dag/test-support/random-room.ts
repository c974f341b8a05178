import type { JsonObject } from '@plexus/matrix-base';
import { authStateOf } from '../src/auth-rules/auth-state.ts';
import { authTypesForEvent } from '../src/auth-rules/auth-types-for-event.ts';
import { checkAuth } from '../src/auth-rules/check-auth.ts';
import type { RoomEvent } from '../src/pdu/pdu.ts';
import { buildEvent, CREATE_ID, rulesOf } from './build-event.ts';
import type { FullState } from './reference-resolution.ts';
import { keyOf, resolveByTheBook } from './reference-resolution.ts';

const USERS = ['@alice:a.example', '@bob:a.example', '@carol:b.example', '@dave:b.example', '@erin:c.example'];
const [CREATOR = ''] = USERS;

/** One attempt to send an event: small numbers that choose who does what, after which events. */
export interface Move {
  readonly actor: number;
  readonly kind: number;
  readonly target: number;
  readonly value: number;
  readonly previous: readonly number[];
  readonly time: number;
}

/** A room that grows by random moves. Every branch of it is a history that an honest server would accept. */
export class RandomRoom {
  readonly events = new Map<string, RoomEvent>();
  readonly rejected = new Set<string>();
  readonly #version: string;
  readonly #stateAfter = new Map<string, FullState>();

  constructor(version: string) {
    this.#version = version;
    this.#send({ sender: CREATOR, type: 'm.room.create', stateKey: '', content: { creator: CREATOR } }, [], 0);
    this.#send(memberOf(CREATOR, CREATOR, 'join'), [CREATE_ID], 1);
    this.#send(powerLevelsBy(CREATOR, this.#levels([50, 0, 0, 0])), this.#last(), 2);
    this.#send(
      { sender: CREATOR, type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'public' } },
      this.#last(),
      3,
    );
  }

  get eventIds(): string[] {
    return [...this.events.keys()];
  }

  stateAfter(eventId: string): FullState {
    return this.#stateAfter.get(eventId) ?? new Map();
  }

  /** Sends the event if the state after its previous events allows it. */
  play(move: Move): void {
    const ids = this.eventIds;
    const recent = (offset: number): string => ids[Math.max(1, ids.length - 1 - (offset % 12))] ?? CREATE_ID;
    const previous = [...new Set(move.previous.map(recent))];
    this.#send(this.#actionOf(move), previous.length === 0 ? this.#last() : previous, move.time);
  }

  /** Marks an event that other events cite as one that was rejected on receipt. */
  rejectSome(choice: number): void {
    const eventId = this.eventIds[4 + choice];
    if (eventId !== undefined) this.rejected.add(eventId);
  }

  #actionOf({ actor, kind, target, value }: Move): Action {
    const sender = userAt(actor);
    const other = userAt(target);
    const actions: Action[] = [
      memberOf(sender, sender, 'join'),
      memberOf(sender, sender, 'join'),
      memberOf(sender, sender, 'leave'),
      memberOf(sender, other, 'invite'),
      memberOf(sender, other, 'leave'),
      memberOf(sender, other, 'ban'),
      powerLevelsBy(sender, this.#levels([value, target * 25, 50 - value, actor * 20])),
      powerLevelsBy(sender, this.#levels([50, value, 0, 0])),
      {
        sender,
        type: 'm.room.join_rules',
        stateKey: '',
        content: { join_rule: value % 2 === 0 ? 'invite' : 'public' },
      },
      { sender, type: 'm.room.topic', stateKey: '', content: { topic: `${value}` } },
      { sender, type: 'm.room.topic', stateKey: '', content: { topic: `${value}` } },
      { sender, type: 'org.example.note', stateKey: sender, content: {} },
    ];
    return actions[kind % actions.length] ?? memberOf(sender, sender, 'join');
  }

  #levels([bob = 0, carol = 0, dave = 0, erin = 0]: readonly number[]): JsonObject {
    const [alice = '', ...others] = USERS;
    const given = [bob, carol, dave, erin];
    const users = Object.fromEntries(others.map((userId, index) => [userId, given[index] ?? 0]));
    return rulesOf(this.#version).privilegedCreators ? { users } : { users: { [alice]: 100, ...users } };
  }

  #last(): string[] {
    return this.eventIds.slice(-1);
  }

  #send(action: Action, previous: readonly string[], time: number): void {
    const state = resolveAll(
      previous.map((eventId) => this.stateAfter(eventId)),
      this,
    );
    const shape = buildEvent(this.#version, { ...action, prevEvents: previous });
    const authEvents = authTypesForEvent(shape)
      .map((key) => state.get(keyOf(key)))
      .filter((eventId) => eventId !== undefined);
    const eventId =
      action.type === 'm.room.create'
        ? CREATE_ID
        : `$${String((this.events.size * 7) % 100).padStart(2, '0')}-${this.events.size}`;
    const event: RoomEvent = { ...shape, eventId, authEvents, originServerTs: time, depth: this.events.size };
    const implied = this.events.get(CREATE_ID);
    const authState = authStateOf([...(implied ? [implied] : []), ...authEvents.map((id) => this.#get(id))]);
    if (checkAuth(event, authState).outcome !== 'allow') return;
    this.events.set(eventId, event);
    this.#stateAfter.set(eventId, new Map([...state, [keyOf(event), eventId]]));
  }

  #get(eventId: string): RoomEvent {
    const event = this.events.get(eventId);
    if (event === undefined) throw new Error(`No event ${eventId}`);
    return event;
  }
}

interface Action {
  readonly sender: string;
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

function resolveAll(states: readonly FullState[], room: RandomRoom): FullState {
  const [only, ...more] = states;
  if (only === undefined) return new Map();
  return more.length === 0 ? only : resolveByTheBook(states, room);
}

function memberOf(sender: string, stateKey: string, membership: string): Action {
  return { sender, type: 'm.room.member', stateKey, content: { membership } };
}

function powerLevelsBy(sender: string, content: JsonObject): Action {
  return { sender, type: 'm.room.power_levels', stateKey: '', content };
}

function userAt(index: number): string {
  return USERS[index % USERS.length] ?? CREATOR;
}

/** As many states, each entry taken from the one or the other of them as the choices say. */
export function mixStates(states: readonly FullState[], choices: readonly number[]): FullState[] {
  const keys = [...new Set(states.flatMap((state) => [...state.keys()]))];
  return states.map((_, index) => {
    const mixed = new Map<string, string>();
    for (const [position, key] of keys.entries()) {
      const choice = choices[(position * 3 + index) % choices.length] ?? 0;
      const eventId = states[(choice + (choice > 3 ? index : 0)) % states.length]?.get(key);
      if (eventId !== undefined) mixed.set(key, eventId);
    }
    return mixed;
  });
}
