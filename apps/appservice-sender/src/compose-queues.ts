import { RedactionReader, RoomState } from '@plexus/room-view';
import type { DeliveryPorts, DeliverySettings } from './delivery-ports.ts';
import type { InterestedAppservices } from './interest/interested-appservices.ts';
import type { JoinedMembers } from './interest/joined-members.ts';
import type { SharingAppservices } from './interest/sharing-appservices.ts';
import { TellOwners } from './out/tell-owners.ts';
import { CollectTransaction } from './queues/collect-transaction.ts';
import { CountKeys } from './queues/count-keys.ts';
import { LookAfterQueues } from './queues/look-after-queues.ts';
import { OrderChange } from './queues/order-change.ts';
import type { OwnedShard } from './queues/owned-shard.ts';
import { QueueDepths } from './queues/queue-depths.ts';
import { QueuesOwner } from './queues/queues-owner.ts';
import { RenderEvents } from './queues/render-events.ts';
import { ResolveDeviceLists } from './queues/resolve-device-lists.ts';
import { RunQueue } from './queues/run-queue.ts';
import { WakeQueues } from './queues/wake-queues.ts';

/** What is known of whom application services have to do with. */
export interface Interest {
  readonly appservices: InterestedAppservices;
  readonly joined: JoinedMembers;
  readonly sharing: SharingAppservices;
}

/** What sends what is in queues, and how others reach it. */
export interface QueueParts {
  readonly owner: QueuesOwner;
  readonly wake: WakeQueues;
  readonly orders: OrderChange;
  readonly depths: QueueDepths;
  readonly lookAfter: LookAfterQueues;
  readonly tellOwners: TellOwners;
}

/** `lost` is told that another process has a shard. */
export function composeQueues(
  ports: DeliveryPorts,
  { address, keepSentMs }: DeliverySettings,
  { interest, shards, lost }: { readonly interest: Interest; readonly shards: Map<number, OwnedShard>; lost(): void },
): QueueParts {
  const { queues, clock, failpoints, observer, sender, slots } = ports;
  const run = new RunQueue({
    appservices: interest.appservices,
    collect: composeCollecting(ports, interest),
    transactor: queues,
    sender,
    slots,
    clock,
    failpoints,
    observer,
    fenced: (shard) => {
      owner.fenced(shard);
      lost();
    },
  });
  const common = { transactor: queues, reader: queues, run, shards, clock };
  const failed = (doing: string, error: unknown): void => observer.failed(doing, error);
  const owner = new QueuesOwner({ ...common, failpoints, address, failed });
  const tellOwners = new TellOwners({ ...ports, owners: queues, failed });
  const wake = new WakeQueues({ shards, run, tellOthers: (ids) => tellOwners.tell(ids) });
  return {
    owner,
    wake,
    tellOwners,
    orders: new OrderChange({ shards, run }),
    depths: new QueueDepths({
      states: ports.queueStates,
      shards,
      isSent: (id) => interest.appservices.find(id) !== undefined,
      wake: (id) => void wake.wakeOwn(id),
    }),
    lookAfter: new LookAfterQueues({ ...common, registered: () => ports.registry.all(), keepSentMs }),
  };
}

function composeCollecting(ports: DeliveryPorts, { joined, sharing }: Interest): CollectTransaction {
  const { rooms, states, clock, random, queues, appender } = ports;
  const redactions = new RedactionReader(rooms, states);
  return new CollectTransaction({
    reader: queues,
    events: new RenderEvents({
      reader: rooms,
      redactions,
      states: new RoomState(rooms, states, redactions),
      clock,
    }),
    keys: new CountKeys(ports.deviceKeys),
    deviceLists: new ResolveDeviceLists({ joined, sharing, members: appender }),
    clock,
    random,
    hostedServers: () => ports.hostedServers(),
  });
}
