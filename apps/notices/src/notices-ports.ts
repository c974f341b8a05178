import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { Reports, RoomWriter } from '@plexus/rpc';
import type {
  BroadcastRepository,
  ConsentKeyReader,
  ConsentReader,
  GoneNoticesRepository,
  HostedServerKeys,
  HostedServers,
  NoticeCheckRepository,
  NoticeDeliveryRepository,
  NoticeRoomRepository,
  NoticeRoundRepository,
  NoticesTurns,
  Policies,
  RoomReader,
  UsageCountRepository,
  UserRepository,
  UserRoomReader,
  UserStreamTransactor,
} from '@plexus/storage';
import type { Failpoints } from './failpoints.ts';

/** What this app needs from outside. */
export interface NoticesPorts {
  readonly noticeRooms: NoticeRoomRepository;
  readonly deliveries: NoticeDeliveryRepository;
  readonly gone: GoneNoticesRepository;
  readonly checks: NoticeCheckRepository;
  readonly rounds: NoticeRoundRepository;
  readonly policies: Pick<Policies, 'policiesOf' | 'list'>;
  readonly consents: Pick<ConsentReader, 'findConsents'>;
  readonly consentKeys: ConsentKeyReader;
  readonly broadcasts: BroadcastRepository;
  readonly counts: UsageCountRepository;
  readonly turns: NoticesTurns;
  readonly users: Pick<UserRepository, 'findUser' | 'findProfiles'>;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly states: Pick<RoomState, 'find'>;
  readonly streams: UserStreamTransactor;
  readonly servers: HostedServers & HostedServerKeys;
  readonly writer: RoomWriter;
  readonly reports: Reports;
  readonly failpoints: Failpoints;
  readonly clock: Clock;
  readonly random: RandomSource;
}
