/** What an application service is sent (https://spec.matrix.org/v1.19/application-service-api/#pushing-events), and MSC2409's and MSC3202's more. */
export const APPSERVICE_ITEM_KINDS = ['event', 'ephemeral', 'to-device', 'device-list'] as const;
export type AppserviceItemKind = (typeof APPSERVICE_ITEM_KINDS)[number];

/** Where an event is stored that is to be sent. */
export interface AppserviceEventPlace {
  readonly roomShard: number;
  readonly roomNid: number;
  readonly roomVersion: string;
  readonly eventNid: number;
}

/** A change of a room's state, after which application services may share an encrypted room with others, or not any more. */
export interface AppserviceSharingChange {
  readonly roomShard: number;
  readonly roomNid: number;
  readonly roomVersion: string;
  /** Nothing where the application service had no user in the room before: then everybody in it is new. */
  readonly previousRoot: number | undefined;
  readonly currentRoot: number;
}

/** Something that is to be sent: an event by where it is stored, or a text. */
export interface NewAppserviceItem {
  readonly appserviceId: string;
  readonly kind: AppserviceItemKind;
  readonly event?: AppserviceEventPlace | undefined;
  /** What is sent, as JSON; of a device list the user's id. */
  readonly payload?: string | undefined;
  /** Of a device list whom a row of the room log concerns: resolved to users when it is sent. The payload is one of them. */
  readonly sharing?: AppserviceSharingChange | undefined;
}

/** An item in its queue. */
export interface AppserviceItem extends Omit<NewAppserviceItem, 'appserviceId'> {
  /** Dense within the queue, in commit order. */
  readonly seq: number;
}

/** How far a source of items is read; `generation` is the deployment's. */
export interface AppservicePlace {
  readonly generation: number;
  readonly position: number;
}

/** A source is read further: from where it was stored to be, or nothing of the work is stored. */
export interface AppserviceMove {
  /** See `roomLogSource` and `DEVICE_LIST_SOURCE`. */
  readonly source: string;
  readonly from: AppservicePlace;
  readonly to: AppservicePlace;
}

export const DEVICE_LIST_SOURCE = 'device-lists';

export function roomLogSource(roomShard: number): string {
  return `room-log/${roomShard}`;
}

/** A user of an application service comes into a room or goes. */
export interface AppserviceMember {
  readonly appserviceId: string;
  readonly roomShard: number;
  readonly roomNid: number;
  readonly userId: string;
  readonly isJoined: boolean;
  /** Of the row of the room log that says so. */
  readonly position: number;
}

export interface AppserviceInboxKey {
  readonly appserviceId: string;
  readonly userId: string;
  readonly deviceId: string;
}

/** Messages to a device are taken over, between two positions of its user's stream. */
export interface AppserviceInboxRead extends AppserviceInboxKey {
  readonly from: number;
  readonly to: number;
}

/** One unit of work of whoever fills queues: all of it is stored, or nothing. */
export interface AppserviceAppend {
  /** At most one of each source. */
  readonly moves: readonly AppserviceMove[];
  /** At most one of each device. */
  readonly reads: readonly AppserviceInboxRead[];
  /** In the order in which they are to be sent. */
  readonly items: readonly NewAppserviceItem[];
  /** At most one of each user and room. */
  readonly members: readonly AppserviceMember[];
}

/** A room, and the application services of which users are in it. */
export interface AppserviceRoom {
  readonly roomNid: number;
  readonly appserviceIds: readonly string[];
}

export interface AppserviceRoomKey {
  readonly shard: number;
  readonly roomNid: number;
}

/** Fills queues. Every method throws `StorageError` where Postgres fails. */
export interface AppserviceAppender {
  /** Places of sources, where they were never stored before at these. */
  openPlaces(first: ReadonlyMap<string, AppservicePlace>): Promise<Map<string, AppservicePlace>>;
  /** Up to where messages to devices were taken over; 0 where that is new. */
  openInboxes(keys: readonly AppserviceInboxKey[]): Promise<Map<string, number>>;
  /** `moved`: a source is not where it was thought to be, and nothing is stored. */
  append(work: AppserviceAppend): Promise<'stored' | 'moved'>;
  /** Rooms of a shard in which application services have users; the others are left out. */
  findRooms(roomShard: number, roomNids: readonly number[]): Promise<AppserviceRoom[]>;
  /** With users of which of these application services a hosted user shares a room. */
  findSharing(userId: string, appserviceIds: readonly string[]): Promise<string[]>;
  /** As `findRooms`, of rooms of any shards. */
  findRoomsAmong(rooms: readonly AppserviceRoomKey[]): Promise<(AppserviceRoom & AppserviceRoomKey)[]>;
  /** Rooms in which a hosted user is, and users of this application service; at most so many. */
  listSharedRooms(userId: string, appserviceId: string, limit: number): Promise<{ readonly roomId: string }[]>;
}

/** The key of an inbox in maps. */
export function appserviceInboxName({ appserviceId, userId, deviceId }: AppserviceInboxKey): string {
  return JSON.stringify([appserviceId, userId, deviceId]);
}

/** A membership of a hosted server's user, as the projection of memberships has it. */
export interface JoinedUser {
  readonly userId: string;
  readonly roomId: string;
  readonly roomShard: number;
  readonly roomNid: number;
  readonly position: number;
}

export type AppserviceMemberKey = Pick<AppserviceMember, 'roomShard' | 'roomNid' | 'userId'>;

/** Takes memberships over that were there before a registration. */
export interface AppserviceProjections {
  /** For which namespaces and generation each is made. */
  listProjections(): Promise<Map<string, { readonly namespaces: string; readonly generation: number }>>;
  /** Hosted users' joined rooms in the order of users and rooms, after one of them. */
  pageJoined(after: Pick<JoinedUser, 'userId' | 'roomId'> | undefined, limit: number): Promise<JoinedUser[]>;
  storeMembers(members: readonly AppserviceMember[]): Promise<void>;
  /** What is kept of one application service, in the order of rooms and users, after one of them. */
  pageMembers(
    appserviceId: string,
    after: AppserviceMemberKey | undefined,
    limit: number,
  ): Promise<AppserviceMemberKey[]>;
  removeMembers(appserviceId: string, members: readonly AppserviceMemberKey[]): Promise<void>;
  /** Rows of positions that a log no longer has go: they would keep later ones away. */
  forgetMembersBeyond(ends: readonly number[]): Promise<void>;
  storeProjection(
    appserviceId: string,
    made: { readonly namespaces: string; readonly generation: number },
  ): Promise<void>;
}

export interface AppserviceShardEpoch {
  readonly shard: number;
  readonly epoch: number;
}

/** A queue as it is stored. Times are milliseconds since the epoch. */
export interface AppserviceQueueRecord {
  readonly appserviceId: string;
  readonly shard: number;
  /** Raised with each change. */
  readonly version: number;
  /** Items up to this one are sent, or in the transaction that is under way. */
  readonly takenSeq: number;
  readonly isPaused: boolean;
  /** How often in a row it took nothing; 0: it is up. */
  readonly failures: number;
  /** In how many milliseconds it is to be tried again; nothing: at once. */
  readonly dueInMs: number | undefined;
  readonly failingSince: number | undefined;
  /** A word of a closed set. */
  readonly lastError: string | undefined;
  readonly lastSentAt: number | undefined;
}

/** A transaction that is under way. */
export interface AppserviceTransactionRecord {
  readonly appserviceId: string;
  readonly transactionId: string;
  /** The items in it: `afterSeq` is exclusive. */
  readonly afterSeq: number;
  readonly upToSeq: number;
  readonly events: number;
  readonly ephemeral: number;
  readonly toDevice: number;
  /** As it is sent. */
  readonly body: Buffer;
}

/** One change of one queue. */
export interface AppserviceQueueChange {
  /** All of it, with the version before the change. */
  readonly queue: AppserviceQueueRecord;
  /** The one that was under way is taken, or given up. */
  readonly hasEnded?: boolean;
  /** This one is under way from now on. */
  readonly begun?: AppserviceTransactionRecord;
}

/** Writes queues, for the owner of their shards: one that was replaced writes nothing. Every method throws `StorageError` where Postgres fails. */
export interface AppserviceQueueTransactor {
  /** Takes shards from whoever owns them, by raising their epochs. */
  takeOver(shards: readonly number[], ownerAddress: string): Promise<AppserviceShardEpoch[]>;
  /** Gives shards up; those that another process took meanwhile stay its. */
  release(shards: readonly AppserviceShardEpoch[]): Promise<void>;
  /** Makes the rows of queues that have none yet. */
  openQueues(owned: AppserviceShardEpoch, appserviceIds: readonly string[]): Promise<void>;
  /**
   * Stores a change and raises the version. `fenced`: nothing is stored, for another process owns the shard. The same change may be stored again
   * after a `StorageError`: then it is stored once.
   */
  store(owned: AppserviceShardEpoch, change: AppserviceQueueChange): Promise<'stored' | 'fenced'>;
  /** Forgets sent items: those that are older, and the oldest where there are more than so many. Some at a time; how many went. */
  forgetSent(
    appserviceId: string,
    kept: { readonly forMs: number; readonly items: number; readonly atOnce: number },
  ): Promise<number>;
  /** Takes all away that there is of an application service that is gone; some items at a time, and true when nothing is left. */
  removeQueue(owned: AppserviceShardEpoch, appserviceId: string): Promise<boolean>;
}

/** Reads queues, for the owner of their shards. */
export interface AppserviceQueueReader {
  listShardOwners(): Promise<Map<number, string>>;
  listQueues(shards: readonly number[]): Promise<AppserviceQueueRecord[]>;
  listTransactions(shards: readonly number[]): Promise<AppserviceTransactionRecord[]>;
  /** What comes after an item, in order. */
  listItems(appserviceId: string, after: number, limit: number): Promise<AppserviceItem[]>;
}

/** How a queue is, for its owner's metrics and for administrators. */
export interface AppserviceQueueState extends AppserviceQueueRecord {
  /** Of the last item that was put into it. */
  readonly lastSeq: number;
  /** Of the first item that can be sent again; nothing where there is none. */
  readonly firstSeq: number | undefined;
  /** How many items are not sent, those of the transaction under way among them. */
  readonly backlog: number;
  /** Of the oldest item that is not sent. */
  readonly oldestAgeMs: number | undefined;
  /** The id of the transaction that is under way. */
  readonly transactionId: string | undefined;
}

/** Any app may ask. */
export interface AppserviceQueueStates {
  /** All, in the order of their ids. */
  listStates(): Promise<AppserviceQueueState[]>;
  /** Those that have something to send, that take nothing, or that are paused. */
  listBusy(): Promise<AppserviceQueueState[]>;
  findState(appserviceId: string): Promise<AppserviceQueueState | undefined>;
  /** Where the process is that owns a queue's shard. */
  findOwner(shard: number): Promise<string | undefined>;
  /** Addresses of all that own any shard. */
  listOwners(): Promise<string[]>;
}
