import type { RedistributeLog } from './destinations/redistribute-log.ts';
import type { OutboundPorts, OutboundSettings } from './outbound-ports.ts';
import { AcceptRecords } from './queues/accept-records.ts';
import { CollectContent } from './queues/collect-content.ts';
import { DestinationsOwner } from './queues/destinations-owner.ts';
import { EventBodies } from './queues/event-bodies.ts';
import { LookAfterQueues } from './queues/look-after-queues.ts';
import { LostRows } from './queues/lost-rows.ts';
import { OutboundWriter } from './queues/outbound-writer.ts';
import type { OwnedDestinations } from './queues/owned-destinations.ts';
import { RunQueue } from './queues/run-queue.ts';

/** What sends what is in queues. */
export interface QueueParts {
  readonly writer: OutboundWriter;
  readonly owner: DestinationsOwner;
  readonly accept: AcceptRecords;
  readonly lostRows: LostRows;
  readonly lookAfter: LookAfterQueues;
}

export interface QueueSurroundings {
  readonly shards: Map<number, OwnedDestinations>;
  readonly redistribute: RedistributeLog;
  /** Told that another process has at least one of the shards. */
  lost(): void;
}

export function composeQueues(
  ports: OutboundPorts,
  settings: OutboundSettings,
  { shards, redistribute, lost }: QueueSurroundings,
): QueueParts {
  const { queues: reader, transactor, sender, slots, clock, random, failpoints, observer } = ports;
  const failed = (doing: string, error: unknown): void => observer.failed(doing, error);
  const writer = new OutboundWriter({
    transactor,
    clock,
    failed,
    fenced: (theirs) => {
      owner.fenced(theirs);
      lost();
    },
  });
  const bodies = new EventBodies(ports.rooms, ports.events);
  const collect = new CollectContent(reader);
  const run = new RunQueue({ collect, bodies, writer, sender, slots, clock, random, failpoints, observer }, settings);
  const common = { reader, writer, run, shards, clock, failed };
  const owner = new DestinationsOwner({ ...common, transactor, failpoints, address: settings.address });
  const lostRows = new LostRows(ports.log);
  const accept = new AcceptRecords({
    ...common,
    redistribute: (shard, seen) => redistribute.execute(shard, seen),
    lostRows,
  });
  return { writer, owner, accept, lostRows, lookAfter: new LookAfterQueues(common) };
}
