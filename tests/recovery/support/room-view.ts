import type { Json } from '../../support/matrix-client.ts';

/** The parts of an event of the Client-Server API that the checker looks at. */
export interface SeenEvent {
  readonly eventId: string;
  readonly type: string;
  readonly stateKey: string | undefined;
}

export interface RoomOfSync {
  readonly timeline: readonly SeenEvent[];
  readonly state: readonly SeenEvent[];
  readonly isLimited: boolean;
  readonly previousBatch: string | undefined;
}

/** The joined rooms of an answer of `/sync`. */
export function joinedRoomsOf(answer: Json): Map<string, RoomOfSync> {
  return new Map(
    Object.entries(recordOf(recordOf(answer['rooms'])['join'])).map(([roomId, room]) => [
      roomId,
      roomOf(recordOf(room)),
    ]),
  );
}

export function eventsOf(list: unknown): SeenEvent[] {
  return Array.isArray(list) ? list.map((event) => eventOf(recordOf(event))) : [];
}

export function textIn(record: Json, key: string): string | undefined {
  const value = record[key];
  return typeof value === 'string' ? value : undefined;
}

function roomOf(room: Json): RoomOfSync {
  const timeline = recordOf(room['timeline']);
  return {
    timeline: eventsOf(timeline['events']),
    state: eventsOf(recordOf(room['state'])['events']),
    isLimited: timeline['limited'] === true,
    previousBatch: textIn(timeline, 'prev_batch'),
  };
}

function eventOf(event: Json): SeenEvent {
  return {
    eventId: textIn(event, 'event_id') ?? '',
    type: textIn(event, 'type') ?? '',
    stateKey: textIn(event, 'state_key'),
  };
}

export function recordOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
