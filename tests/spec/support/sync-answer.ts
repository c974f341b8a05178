import type { Json, MatrixClient } from '../../support/matrix-client.ts';

export interface SyncedEvent {
  readonly type: string;
  readonly event_id: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: Json;
  readonly unsigned?: Json;
}

interface Events {
  readonly events: readonly SyncedEvent[];
}

/** Events of account data, and others that no room has. */
export interface PlainEvents {
  readonly events: readonly { readonly type: string; readonly content: Json; readonly sender?: string }[];
}

export interface SyncedRoom {
  readonly account_data?: PlainEvents;
  readonly timeline: Events & { readonly limited: boolean; readonly prev_batch: string };
  readonly state?: Events;
  readonly state_after?: Events;
  readonly summary?: Json;
}

export interface SyncAnswer {
  readonly next_batch: string;
  readonly account_data?: PlainEvents;
  readonly to_device?: PlainEvents;
  readonly rooms?: {
    readonly join?: Readonly<Record<string, SyncedRoom>>;
    readonly leave?: Readonly<Record<string, SyncedRoom>>;
    readonly invite?: Readonly<Record<string, { readonly invite_state: Events }>>;
    readonly knock?: Readonly<Record<string, { readonly knock_state: Events }>>;
  };
}

/** An answer of `/sync`, whose shape the specification's schema has vouched for. */
export async function syncWith(
  client: MatrixClient,
  query: Readonly<Record<string, string>> = {},
): Promise<SyncAnswer> {
  return client.ask<SyncAnswer>(
    'GET',
    `/_matrix/client/v3/sync?${new URLSearchParams({ set_presence: 'offline', ...query })}`,
  );
}

/** A joined room of an answer; it must be there. */
export function joinedIn({ rooms }: SyncAnswer, roomId: string): SyncedRoom {
  const room = rooms?.join?.[roomId];
  if (room === undefined) throw new Error(`${roomId} is not among the joined rooms`);
  return room;
}

/** The bodies of the messages. */
export function saidIn({ timeline }: SyncedRoom): unknown[] {
  return timeline.events.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);
}
