import type { RoomEventsCriteria } from '@plexus/matrix-api';
import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import { findSenders } from '../reading/find-senders.ts';
import type { ReadSurroundings } from '../reading/read-surroundings.ts';
import type { ShowEvents, VisibleEvent } from '../reading/show-events.ts';
import type { TimelinePlaces } from '../reading/timeline-place.ts';
import type { FoundEvent } from './find-hits.ts';

/** What happened around a hit. */
export interface FoundContext {
  readonly start: string;
  readonly end: string;
  readonly events_before: readonly ClientEvent[];
  readonly events_after: readonly ClientEvent[];
  readonly profile_info?: Readonly<Record<string, { readonly displayname?: string; readonly avatar_url?: string }>>;
}

export interface HitContextPorts {
  readonly surroundings: ReadSurroundings;
  readonly places: TimelinePlaces;
  readonly states: RoomState;
}

type WantedContext = NonNullable<RoomEventsCriteria['event_context']>;

const DEFAULT_LIMIT = 5;
const MAX_LIMIT = 20;

/** Reads what belongs to the hits of a search, where it is asked for. */
export class ReadHitContext {
  readonly #ports: HitContextPorts;
  readonly #showEvents: ShowEvents;

  constructor(ports: HitContextPorts, showEvents: ShowEvents) {
    this.#ports = ports;
    this.#showEvents = showEvents;
  }

  async execute(
    requester: Requester,
    { access, event }: FoundEvent,
    {
      before_limit: before = DEFAULT_LIMIT,
      after_limit: after = DEFAULT_LIMIT,
      include_profile: profile,
    }: WantedContext,
  ): Promise<FoundContext> {
    const { surroundings, places } = this.#ports;
    const wanted = { filter: {}, before: Math.min(before, MAX_LIMIT), after: Math.min(after, MAX_LIMIT) };
    const around = await surroundings.execute(access, event.stored, wanted);
    const events = await this.#showEvents.format(requester, access, [...around.before, ...around.after]);
    return {
      start: await places.encode(around.start),
      end: await places.encode(around.end),
      events_before: events.slice(0, around.before.length),
      events_after: events.slice(around.before.length),
      ...(profile === true && {
        profile_info: await this.#readProfiles(access.room, [event, ...around.before, ...around.after]),
      }),
    };
  }

  /** The state of each room that something was found in, as far as the user may read it. */
  async readStates(found: readonly FoundEvent[]): Promise<Record<string, ClientEvent[]>> {
    const states: Record<string, ClientEvent[]> = {};
    for (const { room, root } of new Set(found.map(({ access }) => access))) {
      const events = await this.#ports.states.list(room, root, 'all');
      states[room.roomId] = events.map((event) => toClientEvent(event));
    }
    return states;
  }

  /** The senders' profiles of that time. */
  async #readProfiles(
    room: FoundEvent['access']['room'],
    events: readonly VisibleEvent[],
  ): Promise<NonNullable<FoundContext['profile_info']>> {
    const root = events[0]?.stored.stateAfter;
    const members = await findSenders(this.#ports.states, { room, root }, events);
    return Object.fromEntries(
      members.map(({ state_key: userId = '', content }) => {
        const { displayname, avatar_url: avatarUrl } = content;
        const profile = {
          ...(typeof displayname === 'string' && { displayname }),
          ...(typeof avatarUrl === 'string' && { avatar_url: avatarUrl }),
        };
        return [userId, profile];
      }),
    );
  }
}
