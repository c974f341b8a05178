import { DistributeLog } from '@plexus/room-log';
import { DistributeDeviceLists } from './destinations/distribute-device-lists.ts';
import { DistributePresence } from './destinations/distribute-presence.ts';
import { DistributeTyping } from './destinations/distribute-typing.ts';
import { OutboundDistribution } from './destinations/outbound-distribution.ts';
import { RedistributeLog } from './destinations/redistribute-log.ts';
import { ResidentServers } from './destinations/resident-servers.ts';
import { RowDestinations } from './destinations/row-destinations.ts';
import { ServersOfUser } from './destinations/servers-of-user.ts';
import { TellOfJoins } from './destinations/tell-of-joins.ts';
import type { OutboundPorts } from './outbound-ports.ts';

/** What chooses where things go. */
export interface DestinationParts {
  readonly distribute: DistributeLog;
  readonly redistribute: RedistributeLog;
  readonly typing: DistributeTyping;
  readonly presence: DistributePresence;
  readonly deviceLists: DistributeDeviceLists;
}

/** Whoever takes a shard over repeats what is not stored: after each sweep it is. */
const STORE_AFTER_SWEEPS = 1;

export function composeDestinations(ports: OutboundPorts): DestinationParts {
  const { rooms: reader, log, positions, places, residency, clock, failpoints, observer, isHosted, allows } = ports;
  const { producer } = ports.topics;
  const failed = (doing: string, error: unknown): void => observer.failed(doing, error);
  let followers = 0;
  const newDestinations = (): RowDestinations => {
    const follower = String((followers += 1));
    const residents = new ResidentServers({ reader: residency, cache: ports.joinedHosts, follower, isHosted });
    return new RowDestinations({ residents, reader, isHosted, allows });
  };
  const servers = new ServersOfUser(ports);
  const deviceLists = new DistributeDeviceLists({ ...ports.deviceLists, servers, isHosted });
  const joins = new TellOfJoins({ reader, positions, servers, deviceLists, isHosted });
  return {
    distribute: new DistributeLog({
      reader,
      log,
      distribution: new OutboundDistribution({
        positions,
        destinations: newDestinations(),
        producer,
        failpoints,
        joins,
      }),
      storeAfterSweeps: STORE_AFTER_SWEEPS,
      distributed: (...what) => observer.distributed(...what),
      failed,
    }),
    redistribute: new RedistributeLog({ reader, log, positions, newDestinations }),
    typing: new DistributeTyping({ places, residency, producer, isHosted, allows, failed }),
    presence: new DistributePresence({ servers, producer, clock, isHosted, failed }),
    deviceLists,
  };
}
