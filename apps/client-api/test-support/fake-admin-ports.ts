import { FakeAdminJobs, FakeAuditLog, FakeBroadcasts, FakeLogLevels } from '@plexus/testing';
import type { AdminPorts } from '../src/admin-ports.ts';
import { fakeCachePorts } from './fake-cache-ports.ts';

export interface FakeAdminPorts extends AdminPorts {
  readonly audit: FakeAuditLog;
  readonly jobs: FakeAdminJobs;
  readonly broadcasts: FakeBroadcasts;
}

/** What administration needs, in memory: rooms have no history and nobody in them. */
export function fakeAdminPorts(): FakeAdminPorts {
  return {
    appserviceQueues: { listStates: async () => [], findState: async () => undefined },
    audit: new FakeAuditLog(),
    jobs: new FakeAdminJobs(),
    logLevels: new FakeLogLevels(),
    broadcasts: new FakeBroadcasts(),
    caches: fakeCachePorts(),
    destinations: {
      listDestinations: async () => ({ destinations: [], total: 0 }),
      findDestination: async () => undefined,
      listOrigins: async () => [],
      findLacking: async () => new Map(),
    },
    sharedRooms: { pageSharedRooms: async () => ({ rooms: [], total: 0 }) },
    history: {
      listRoomIds: async () => [],
      findFirstStoredSince: async () => undefined,
      findRecentMemberships: async () => [],
      findStoredTimes: async () => new Map(),
      listHistory: async () => [],
    },
    descriptions: {
      listOutdated: async () => [],
      describe: async () => {},
      listRooms: async () => ({ rooms: [], total: 0 }),
    },
    userData: { listTables: async () => [], readRows: async () => [], countRows: async () => new Map() },
    exports: {
      storePart: async () => {},
      findPart: async () => undefined,
      removeExports: async () => {},
      removeOrphans: async () => {},
    },
    use: { countAccounts: async () => [], findUse: async () => [] },
    roomSizes: { listLargestRooms: async () => [] },
    users: {
      listUsers: async () => ({ users: [], total: 0 }),
      findUser: async () => undefined,
      findUsers: async () => [],
      changeUser: async () => {},
      setErased: async () => {},
      reactivateUser: async () => {},
      listExternalIds: async () => [],
      setExternalIds: async () => true,
      findByExternalId: async () => undefined,
      findRateLimit: async () => undefined,
      listRateLimits: async () => new Map(),
      setRateLimit: async () => {},
      removeRateLimit: async () => {},
    },
    blocks: { findBlocks: async () => [] },
    rooms: {
      listUsersOfRoom: async () => [],
      countDevicesInRoom: async () => 0,
      isPublished: async () => false,
      listPublishedRooms: async () => [],
      isForgotten: async () => false,
      listAliasesOfRoom: async () => [],
      moveAlias: async () => {},
      removeRoomNames: async () => [],
    },
  };
}
