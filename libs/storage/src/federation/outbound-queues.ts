/** Names a queue: what one hosted server has to say to one other server. */
export interface QueueKey {
  readonly origin: string;
  readonly destination: string;
}

/** An event on its way out, by where it is stored. */
export interface OutgoingEvent {
  readonly roomShard: number;
  readonly roomNid: number;
  readonly roomId: string;
  readonly eventNid: number;
  /** Of its row in the room log. */
  readonly position: number;
}

/** A queue as it is stored. Times are milliseconds since the epoch. */
export interface DestinationRecord extends QueueKey {
  /** Records of `federation.outbound` before this offset are in no queue any more, if they are of the same making of the topic. */
  readonly takenOffset: number;
  readonly takenIncarnation: string;
  /** Whether it goes on with the newest event of each room. */
  readonly isBehind: boolean;
  /** In how many milliseconds it is to be tried; nothing where there is nothing to do. */
  readonly dueInMs: number | undefined;
  /** Of the back-off; 0: the last attempt went well. */
  readonly retryIntervalMs: number;
  readonly retryLastAt: number;
  readonly failingSince: number | undefined;
  readonly lastSentPosition: number | undefined;
}

/** A transaction (https://spec.matrix.org/v1.19/server-server-api/#transactions) that is under way. */
export interface OutgoingTransaction extends QueueKey {
  readonly transactionId: string;
  readonly originServerTs: number;
  readonly isCatchUp: boolean;
  readonly events: readonly OutgoingEvent[];
  /** The JSON array of EDUs, as it is sent. */
  readonly edus: string;
  /** Which stored EDUs are among them. */
  readonly eduNids: readonly number[];
}

/** An EDU that waits until its destination has it. */
export interface StoredEdu {
  readonly eduNid: number;
  /** Canonical JSON. */
  readonly edu: string;
}

export interface NewOutgoingEdu extends QueueKey {
  /** A later EDU of the same key takes the place of one that waits, or is the same one again: see `OutgoingEdus`. */
  readonly key: string;
  /** Canonical JSON. */
  readonly edu: string;
}

/** So many EDUs wait for one destination; with more, the oldest are given up. */
export const MAX_WAITING_EDUS = 10_000;

/** Keeps EDUs that must not be lost; any app may, through this alone. */
export interface OutgoingEdus {
  /** Those whose key waits already replace it (`replace`), or are left out (`keep`). Durable when it resolves. */
  storeEdus(edus: readonly NewOutgoingEdu[], onSameKey: 'replace' | 'keep'): Promise<void>;
}

/** A shard of destinations and the epoch in which a process owns it. */
export interface DestinationShardEpoch {
  readonly shard: number;
  readonly epoch: number;
}

/** How far a shard's owner has read `federation.outbound`. */
export interface OutboundProgress {
  readonly nextOffset: number;
  /** The making of the topic that the offset is of. */
  readonly incarnation: string;
  /** By room shard: up to where in its log the records before the offset were, in a number that grows with position and part. */
  readonly seen: Readonly<Record<string, number>>;
  /** The deployment's, of the positions. */
  readonly generation: number;
}

/** A shard of destinations as its new owner found it. */
export interface DestinationShardRecord extends DestinationShardEpoch {
  /** Of the last unit of work. */
  readonly step: number;
  readonly progress: OutboundProgress;
}

/** One change of one queue. What is left out stays as it is. */
export interface QueueChange {
  readonly shard: number;
  /** All of it. */
  readonly destination: DestinationRecord;
  /** This one is under way from now on. */
  readonly begun?: OutgoingTransaction;
  /** The one that was under way is done or given up. */
  readonly hasEnded?: boolean;
  /** Newest events that are to be sent later, at most one of each room. */
  readonly postponed?: readonly OutgoingEvent[];
  /** These, and older ones of their rooms, are sent. */
  readonly caughtUp?: readonly OutgoingEvent[];
  /** These EDUs are sent. */
  readonly sentEduNids?: readonly number[];
}

/** One unit of work over shards of one owner: all of it is stored, or nothing. At most one change of each queue. */
export interface OutboundWork {
  /** With the step before this work; progress that is left out stays as it is. */
  readonly shards: readonly (DestinationShardEpoch & { readonly step: number; readonly progress?: OutboundProgress })[];
  readonly changes: readonly QueueChange[];
}

/** Writes queues, for the owner of their shards: one that was replaced writes nothing. */
export interface OutboundTransactor {
  /** Takes shards from whoever owns them, by raising their epochs. Throws `StorageError`. */
  takeOver(shards: readonly number[], ownerAddress: string): Promise<DestinationShardRecord[]>;
  /** Gives shards up; those that another process took meanwhile stay its. */
  release(shards: readonly DestinationShardEpoch[]): Promise<void>;
  /**
   * Stores a unit of work, and raises the steps of its shards by one. `fenced`: nothing is stored, for another process owns at least one of
   * them. The same work may be stored again after a `StorageError`: then it is stored once.
   */
  store(work: OutboundWork): Promise<'stored' | 'fenced'>;
}

/** Reads queues, for the owner of their shards. */
export interface QueueWithEdus {
  readonly shard: number;
  readonly key: QueueKey;
  readonly newest: number;
}

export interface OutboundReader {
  listShardOwners(): Promise<Map<number, string>>;
  listOpenTransactions(shard: number): Promise<OutgoingTransaction[]>;
  /** Those that are there. */
  findDestinations(shard: number, keys: readonly QueueKey[]): Promise<DestinationRecord[]>;
  /** Queues whose time has come, those that wait longest first. */
  listDue(
    shards: readonly number[],
    limit: number,
  ): Promise<{ readonly shard: number; readonly record: DestinationRecord }[]>;
  /** Newest events of rooms, in the order of their positions. */
  listPostponed(shard: number, key: QueueKey, limit: number): Promise<OutgoingEvent[]>;
  /** The oldest EDUs: at most so many, and about so many bytes, but one at least. */
  listEdus(shard: number, key: QueueKey, most: { readonly edus: number; readonly bytes: number }): Promise<StoredEdu[]>;
  /** Queues with stored EDUs that are newer than the number given for their shard, with the newest number. */
  listQueuesWithEdus(after: ReadonlyMap<number, number>): Promise<QueueWithEdus[]>;
}

/** How far the destinations of the room log's events are written. */
export interface OutboundPositions {
  /** By room shard; nothing of those that were never written. */
  readOutboundPositions(): Promise<Map<number, { readonly generation: number; readonly position: number }>>;
  /** Never goes back within one generation. */
  storeOutboundPosition(
    roomShard: number,
    place: { readonly generation: number; readonly position: number },
  ): Promise<void>;
}

/** Up to which change of device lists other servers are told. */
export interface OutboundDeviceLists {
  /** Where nothing was stored before, it begins with `first`. */
  readPosition(first: number): Promise<number>;
  storePosition(position: number): Promise<void>;
}

export const DESTINATION_ORDERS = [
  'destination',
  'retry_last_ts',
  'retry_interval',
  'failure_ts',
  'last_successful_stream_ordering',
] as const;
export type DestinationOrder = (typeof DESTINATION_ORDERS)[number];

/** What an administrator sees of a destination: of several hosted servers together, where none is named. */
export interface DestinationSummary {
  readonly destination: string;
  readonly retryLastAt: number;
  readonly retryIntervalMs: number;
  readonly failingSince: number | undefined;
  readonly lastSentPosition: number | undefined;
}

export interface DestinationQuery {
  /** Only what this hosted server sends. */
  readonly origin: string | undefined;
  /** A part of the name. */
  readonly search: string | undefined;
  readonly order: DestinationOrder;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** Reads destinations; any app may. */
export interface DestinationReader {
  listDestinations(
    query: DestinationQuery,
  ): Promise<{ readonly destinations: DestinationSummary[]; readonly total: number }>;
  findDestination(destination: string, origin: string | undefined): Promise<DestinationSummary | undefined>;
  /** Which hosted servers sent something to it, and whether they leave it alone now. */
  listOrigins(destination: string): Promise<{ readonly origin: string; readonly isFailing: boolean }[]>;
  /** Of some rooms, by their ids, the positions of the newest events that the destination lacks; those in which it lacks nothing are left out. */
  findLacking(
    destination: string,
    origin: string | undefined,
    roomIds: readonly string[],
  ): Promise<Map<string, number>>;
}

/** A server that had users in a room: see the columns of `room_servers`. */
export interface ResidentInterval {
  readonly serverName: string;
  readonly isResident: boolean;
  readonly joinedAt: number;
  readonly leftAt: number;
  readonly leftBefore: number;
}

/** Servers with users in rooms, as of positions of the rooms' shard. */
export interface ResidencyReader {
  /** By room number, all as of one position of the shard. */
  readIntervals(
    shard: number,
    roomNids: readonly number[],
  ): Promise<{ readonly position: number; readonly rooms: Map<number, ResidentInterval[]> }>;
}
