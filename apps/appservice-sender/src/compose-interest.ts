import { DistributeLog } from '@plexus/room-log';
import type { Interest } from './compose-queues.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { AppserviceDistribution } from './interest/appservice-distribution.ts';
import { DistributeDeviceLists } from './interest/distribute-device-lists.ts';
import { DistributePresence } from './interest/distribute-presence.ts';
import { DistributeToDevice } from './interest/distribute-to-device.ts';
import { DistributeTyping } from './interest/distribute-typing.ts';
import { InterestedRooms } from './interest/interested-rooms.ts';
import { RebuildMembers } from './interest/rebuild-members.ts';
import { RecentlySharing } from './interest/recently-sharing.ts';
import { AppendWriter } from './queues/append-writer.ts';

/** What puts what happens into queues. */
export interface InterestParts {
  readonly writer: AppendWriter;
  readonly rooms: InterestedRooms;
  readonly distribute: DistributeLog;
  readonly typing: DistributeTyping;
  readonly presence: DistributePresence;
  readonly toDevice: DistributeToDevice;
  readonly deviceLists: DistributeDeviceLists;
  readonly rebuild: RebuildMembers;
}

/** A row of the log that interests nobody moves its shard's place in memory only: what is stored may lag behind by so many sweeps. */
const STORE_AFTER_SWEEPS = 5;

export function composeInterest(
  ports: DeliveryPorts,
  { appservices, sharing }: Interest,
  queues: { appended(appserviceIds: ReadonlySet<string>): void; isUp(appserviceId: string): boolean },
): InterestParts {
  const { rooms: reader, log, appender, clock, failpoints, observer, isHosted } = ports;
  const failed = (doing: string, error: unknown): void => observer.failed(doing, error);
  const writer = new AppendWriter({ appender, clock, appended: (ids) => queues.appended(ids), failed });
  const rooms = new InterestedRooms({ ...ports, appservices, members: appender });
  const isUp = (appserviceId: string): boolean => queues.isUp(appserviceId);
  const common = { appservices, rooms, writer, appender, clock, isHosted, isUp, failed };
  return {
    writer,
    rooms,
    distribute: new DistributeLog({
      reader,
      log,
      distribution: new AppserviceDistribution({ ...common, failpoints }),
      storeAfterSweeps: STORE_AFTER_SWEEPS,
      distributed: (...what) => observer.distributed(...what),
      failed,
    }),
    typing: new DistributeTyping({ ...common, places: ports.places }),
    presence: new DistributePresence({ ...common, sharing: new RecentlySharing({ clock, isHosted, sharing }) }),
    toDevice: new DistributeToDevice({ ...common, waiting: ports.waiting, inbox: ports.inbox }),
    deviceLists: new DistributeDeviceLists({ ...common, changes: ports.deviceLists, members: appender, sharing }),
    rebuild: new RebuildMembers({ projections: ports.projections, log, reader, clock }),
  };
}
