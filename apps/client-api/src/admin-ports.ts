import type { CachePorts } from './caches/cache-ports.ts';
import type {
  AdminJobRepository,
  AppserviceQueueStates,
  AuditLog,
  BroadcastReader,
  DestinationReader,
  ExportRepository,
  LogLevelRepository,
  RoomAdminRepository,
  RoomBlockReader,
  RoomDescriptionRepository,
  RoomHistoryReader,
  RoomSizeReader,
  ServerUseReader,
  SharedRoomReader,
  UserAdminRepository,
  UserDataReader,
} from '@plexus/storage';

/** What only administration needs from outside. */
export interface AdminPorts {
  readonly appserviceQueues: Pick<AppserviceQueueStates, 'listStates' | 'findState'>;
  readonly audit: AuditLog;
  readonly broadcasts: BroadcastReader;
  readonly caches: CachePorts;
  readonly destinations: DestinationReader;
  readonly sharedRooms: SharedRoomReader;
  readonly jobs: AdminJobRepository;
  readonly logLevels: LogLevelRepository;
  readonly history: RoomHistoryReader;
  readonly blocks: RoomBlockReader;
  readonly rooms: RoomAdminRepository;
  readonly roomSizes: RoomSizeReader;
  readonly descriptions: RoomDescriptionRepository;
  readonly use: ServerUseReader;
  readonly users: UserAdminRepository;
  readonly userData: UserDataReader;
  readonly exports: ExportRepository;
}
