import type { JsonObject } from '@plexus/matrix-base';
import type { ClientEvent } from '@plexus/room-dag';

/** What is read of an answer to `/sync` to make it one to `/initialSync`. */
export interface SyncedBody {
  readonly next_batch: string;
  readonly presence?: { readonly events: readonly JsonObject[] };
  readonly account_data?: { readonly events: readonly JsonObject[] };
  readonly rooms?: {
    readonly join?: Readonly<Record<string, SyncedRoom>>;
    readonly invite?: Readonly<Record<string, unknown>>;
    readonly leave?: Readonly<Record<string, SyncedRoom>>;
  };
}

export interface SyncedRoom {
  readonly timeline: { readonly events: readonly SyncedEvent[]; readonly prev_batch?: string };
  readonly state_after?: { readonly events: readonly SyncedEvent[] };
  readonly account_data?: { readonly events: readonly JsonObject[] };
}

export interface SyncedEvent {
  /** Not in an answer to `/sync`. */
  readonly room_id?: string;
  readonly type: string;
  readonly state_key?: string;
  readonly content: JsonObject;
}

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3initialsync */
export interface InitialSyncBody {
  readonly end: string;
  readonly presence: readonly JsonObject[];
  readonly account_data: readonly JsonObject[];
  readonly rooms: readonly RoomInfo[];
}

export interface RoomInfo {
  readonly room_id: string;
  readonly membership: string;
  readonly invite?: ClientEvent;
  readonly messages?: { readonly start?: string; readonly end: string; readonly chunk: readonly SyncedEvent[] };
  readonly state?: readonly SyncedEvent[];
  readonly visibility?: 'public' | 'private';
  readonly account_data?: readonly JsonObject[];
}
