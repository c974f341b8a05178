import type { Json, MatrixClient } from '../../support/matrix-client.ts';

interface SyncedRoom {
  readonly timeline: {
    readonly events: readonly SyncedEvent[];
    readonly limited: boolean;
    readonly prev_batch: string;
  };
}

export interface SyncedEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly content: Json;
  readonly state_key?: string;
  readonly unsigned?: Json;
}

interface SyncBody {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Readonly<Record<string, SyncedRoom>>;
    readonly invite?: Readonly<Record<string, { readonly invite_state: { readonly events: readonly SyncedEvent[] } }>>;
    readonly leave?: Readonly<Record<string, SyncedRoom>>;
  };
}

/** One answer of /sync, read as the specification describes it. */
export async function syncOnce(
  client: MatrixClient,
  query: Parameters<MatrixClient['sync']>[0] = {},
): Promise<SyncBody> {
  const body = await client.sync(query);
  if (typeof body['next_batch'] !== 'string') throw new Error(`no next_batch in ${JSON.stringify(body)}`);
  return { ...body, next_batch: body['next_batch'] };
}

/**
 * Syncs, from the beginning or from a token on, until an answer says what is waited for: another replica than the one that did something
 * may learn of it a moment later.
 */
export async function syncUntil(
  client: MatrixClient,
  isThere: (answer: SyncBody) => boolean,
  start: { readonly since?: string | undefined } = {},
): Promise<SyncBody> {
  let answer = await syncOnce(client, start.since === undefined ? {} : { since: start.since });
  while (!isThere(answer)) answer = await syncOnce(client, { since: answer.next_batch, timeout: 30_000 });
  return answer;
}

/**
 * A token at which the client knows that it is in the room. It may lie before what others did there in the meantime. Who was in the room
 * before gives a token from after that time, else the replica that is asked may still be there.
 */
export async function syncIntoRoom(
  client: MatrixClient,
  roomId: string,
  start: { readonly since?: string | undefined } = {},
): Promise<string> {
  const { next_batch: token } = await syncUntil(client, ({ rooms }) => rooms?.join?.[roomId] !== undefined, start);
  return token;
}

export async function syncIntoRooms(client: MatrixClient, roomIds: readonly string[]): Promise<string> {
  const missing = new Set(roomIds);
  const { next_batch: token } = await syncUntil(client, ({ rooms }) => {
    for (const roomId of Object.keys(rooms?.join ?? {})) missing.delete(roomId);
    return missing.size === 0;
  });
  return token;
}

/** More than any story says in a room, so that no timeline is limited. */
export const WHOLE_TIMELINE = { room: { timeline: { limit: 100 } } };

export interface Awaited {
  readonly since: string;
  readonly count: number;
}

/** Follows /sync from a token until so many messages have come; gives them in the order of arrival. */
export function followMessages(client: MatrixClient, roomId: string, awaited: Awaited): Promise<SyncedEvent[]> {
  return followEvents(client, roomId, { ...awaited, isMeant: isMessage });
}

/**
 * Follows /sync from a token until so many events of the kind that is meant have come; gives those. Others do not count: a token may lie
 * before what the story began with.
 */
export async function followEvents(
  client: MatrixClient,
  roomId: string,
  { since, count, isMeant }: Awaited & { readonly isMeant: (event: SyncedEvent) => boolean },
): Promise<SyncedEvent[]> {
  const events: SyncedEvent[] = [];
  for (let token = since; events.length < count;) {
    const answer = await syncOnce(client, { since: token, timeout: 30_000, filter: WHOLE_TIMELINE });
    events.push(...(answer.rooms?.join?.[roomId]?.timeline.events ?? []).filter(isMeant));
    token = answer.next_batch;
  }
  return events;
}

export function isMessage({ type }: SyncedEvent): boolean {
  return type === 'm.room.message';
}

export function bodiesOf(events: readonly SyncedEvent[]): unknown[] {
  return events.filter(isMessage).map(({ content }) => content['body']);
}
