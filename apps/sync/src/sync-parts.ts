import type { NamedCache } from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';
import type { StateNode } from '@plexus/room-dag';
import type { Protections, WantsMember, RoomLogFollower } from '@plexus/room-log';
import type {
  AccountDataReader,
  DeviceKeyCountReader,
  DeviceKeyCounts,
  DeviceListReader,
  ErasedUserReader,
  ForgottenRoomReader,
  HostedServers,
  JudgedUnreadRepository,
  PresenceStatusRepository,
  PublishedRoomRepository,
  ReceiptReader,
  RelationReader,
  RoomHistoryReader,
  RoomLogPositionReader,
  RoomReader,
  ToDeviceInbox,
  UnreadReader,
  UserRoomReader,
  UserStreamReader,
} from '@plexus/storage';
import type { RetentionPolicy } from '@plexus/room-view';
import type { TracedRows } from '@plexus/service-shell';
import type { PresenceRecord } from '@plexus/topics';
import type { UserStreamFollower } from '@plexus/user-streams';
import type { SyncAnswerer } from './answer/answer-sync.ts';
import type { FairQueue } from './answer/fair-queue.ts';
import type { GivenAnswers } from './answer/given-answers.ts';
import type { SharedAnswersPorts } from './answer/shared-answers.ts';
import type { ListKeyChanges } from './answer/list-key-changes.ts';
import type { SyncTokens } from './answer/sync-tokens.ts';
import type { DeviceListFollower } from './device-lists/device-list-follower.ts';
import type { AnswerEvents } from './events/answer-events.ts';
import type { AnswerInitialSync } from './initial-sync/answer-initial-sync.ts';
import type { AnnouncePresence } from './presence/announce-presence.ts';
import type { GetPresence } from './presence/get-presence.ts';
import type { PresenceChanges } from './presence/presence-changes.ts';
import type { TypingRooms } from './ephemeral/typing-rooms.ts';
import type { TracedArrival } from './log/room-log.ts';
import type { RoomTail } from './log/room-tail.ts';
import type { JudgeBacklog } from './unread/judge-backlog.ts';
import type { DeviceSlots } from './sessions/device-slots.ts';
import type { UserSessions } from './sessions/user-sessions.ts';

/** What `sync` needs from outside. */
export interface SyncPorts {
  readonly reader: RoomReader;
  readonly relations: RelationReader;
  readonly positions: RoomLogPositionReader;
  readonly history: Pick<RoomHistoryReader, 'findFirstStoredSince'>;
  readonly receipts: ReceiptReader;
  readonly unread: UnreadReader;
  readonly pushRules: NamedCache<string>;
  readonly userRooms: UserRoomReader;
  readonly forgotten: Pick<ForgottenRoomReader, 'findForgottenRooms'>;
  readonly users: ErasedUserReader;
  readonly published: Pick<PublishedRoomRepository, 'isPublished'>;
  readonly userStreams: UserStreamReader;
  readonly accountData: AccountDataReader;
  readonly deviceLists: DeviceListReader;
  readonly deviceKeys: DeviceKeyCountReader;
  /** By `deviceKeyCountsKey`. */
  readonly deviceKeyCounts: NamedCache<DeviceKeyCounts>;
  readonly inbox: ToDeviceInbox;
  readonly stateNodes: NamedCache<StateNode>;
  /** What devices were given, for other processes; nothing where there is no other. */
  readonly answers?: SharedAnswersPorts;
  readonly clock: Clock;
  /** Of this process, 32 bits. */
  readonly bootId: number;
  /** Whether a user is of a hosted server. */
  readonly wantsMember: WantsMember;
  /** Which rows of the log are of a recorded trace, and who is told that an answer has one. */
  readonly tracedRows?: Pick<TracedRows, 'find'>;
  readonly answeredTraced?: (arrival: TracedArrival) => void;
  readonly failed: (error: unknown) => void;
  /** Told that Postgres lacks what it had. */
  readonly commitsLost?: () => Promise<void>;
  /** A topic that may lose records could not be read; it goes on by itself. */
  readonly ephemeralFailed: (error: unknown) => void;
  readonly servers: Pick<HostedServers, 'find' | 'list'>;
  readonly presenceStatuses: PresenceStatusRepository;
  readonly judged: JudgedUnreadRepository;
  /** To all replicas, this one too. */
  readonly publishPresence: (record: PresenceRecord) => void;
  /** Aborts when the process begins to stop: then whoever waits is answered. */
  readonly draining: AbortSignal;
}

export interface SyncSettings {
  readonly tailBytes: number;
  readonly eventBytes: number;
  readonly initialSyncs: number;
  readonly sessionIdleMs: number;
  readonly hasPresence: boolean;
  /** So many events of a room are judged by a user's own push rules while the user waits. */
  readonly judgedAtOnce: number;
  /** So long an answer is kept that a client may have lost; 0: not at all. */
  readonly keepAnswersMs: number;
  /** So many characters of such answers. */
  readonly keptAnswers: number;
  /** How long messages are kept. */
  readonly retention: RetentionPolicy;
  readonly protections?: Partial<Protections>;
}

/** The parts of a running `sync`. */
export interface SyncParts {
  readonly follower: RoomLogFollower;
  readonly streams: UserStreamFollower;
  readonly deviceLists: DeviceListFollower;
  readonly listKeyChanges: ListKeyChanges;
  readonly answerer: SyncAnswerer;
  readonly tokens: SyncTokens;
  readonly answerEvents: AnswerEvents;
  readonly answerInitialSync: AnswerInitialSync;
  readonly tail: RoomTail;
  readonly sessions: UserSessions;
  readonly devices: DeviceSlots;
  readonly typing: TypingRooms;
  readonly presence: PresenceChanges;
  readonly announce: AnnouncePresence;
  readonly getPresence: GetPresence;
  readonly backlog: JudgeBacklog;
  readonly initialSyncs: FairQueue;
  readonly given: GivenAnswers;
  readonly failed: (error: unknown) => void;
  readonly ephemeralFailed: (error: unknown) => void;
}
