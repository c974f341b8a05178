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
  start: { readonly since?: string } = {},
): Promise<SyncBody> {
  let answer = await syncOnce(client, start);
  while (!isThere(answer)) answer = await syncOnce(client, { since: answer.next_batch, timeout: 30_000 });
  return answer;
}

/** A token at which the client knows that it is in the room. */
export function syncIntoRoom(client: MatrixClient, roomId: string): Promise<string> {
  return syncIntoRooms(client, [roomId]);
}

export async function syncIntoRooms(client: MatrixClient, roomIds: readonly string[]): Promise<string> {
  const missing = new Set(roomIds);
  const { next_batch: token } = await syncUntil(client, ({ rooms }) => {
    for (const roomId of Object.keys(rooms?.join ?? {})) missing.delete(roomId);
    return missing.size === 0;
  });
  return token;
}

/** Follows /sync from a token until `isEnough` says so; gives every event of the room's timelines in the order of arrival. */
export async function followRoom(
  client: MatrixClient,
  roomId: string,
  { since, isEnough }: { readonly since: string; readonly isEnough: (events: readonly SyncedEvent[]) => boolean },
): Promise<SyncedEvent[]> {
  const events: SyncedEvent[] = [];
  for (let token = since; !isEnough(events);) {
    const answer = await syncOnce(client, { since: token, timeout: 30_000 });
    events.push(...(answer.rooms?.join?.[roomId]?.timeline.events ?? []));
    token = answer.next_batch;
  }
  return events;
}

export function bodiesOf(events: readonly SyncedEvent[]): unknown[] {
  return events.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);
}
