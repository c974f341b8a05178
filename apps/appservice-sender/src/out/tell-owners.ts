import type { Clock } from '@plexus/matrix-base';
import { RpcError } from '@plexus/rpc';
import type { AppservicesHandler, TracedEvent } from '@plexus/rpc';
import type { TracedRow, TracedRows } from '@plexus/service-shell';
import { StorageError } from '@plexus/storage';
import type { AppserviceQueueReader } from '@plexus/storage';
import { appserviceShardOf } from '@plexus/topics';

export interface TellOwnersPorts {
  readonly owners: Pick<AppserviceQueueReader, 'listShardOwners'>;
  readonly channels: { channelTo(address: string): Pick<AppservicesHandler, 'wakeQueues'> };
  readonly clock: Pick<Clock, 'now'>;
  readonly tracedRows: Pick<TracedRows, 'latest'>;
  failed(doing: string, error: unknown): void;
}

const REMEMBERED_MS = 2_000;
const CALL = { deadlineMs: 2_000 };
/** So many of the newest traced events are told along: what the hint is about may be among them. */
const TRACED = 10;

/**
 * Hints at what is new in queues of other processes: one call at a time to each of them, with all that came meanwhile. A hint that is lost costs
 * a second.
 */
export class TellOwners {
  readonly #ports: TellOwnersPorts;
  #waiting = new Set<string>();
  #running: Promise<void> | undefined;
  #owners = new Map<number, string>();
  #ownersReadAt = -Infinity;

  constructor(ports: TellOwnersPorts) {
    this.#ports = ports;
  }

  tell(appserviceIds: readonly string[]): void {
    for (const id of appserviceIds) this.#waiting.add(id);
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const ids = [...this.#waiting];
      this.#waiting = new Set();
      await this.#tellAll(ids);
    }
    this.#running = undefined;
  }

  async #tellAll(ids: readonly string[]): Promise<void> {
    try {
      const owners = await this.#findOwners();
      const traced = this.#ports.tracedRows.latest(TRACED).flatMap((row) => toTracedEvent(row) ?? []);
      const byAddress = Map.groupBy(ids, (id) => owners.get(appserviceShardOf(id)));
      await Promise.all(
        [...byAddress].map(async ([address, appserviceIds]) => {
          if (address === undefined) return;
          await this.#ports.channels.channelTo(address).wakeQueues({ appserviceIds, traced }, CALL);
        }),
      );
    } catch (error) {
      if (!(error instanceof RpcError || error instanceof StorageError)) throw error;
      // Where it goes on, what is new is always found late.
      this.#ports.failed('tell owners of queues', error);
      // Who owns them now is read anew next time.
      this.#ownersReadAt = -Infinity;
    }
  }

  async #findOwners(): Promise<ReadonlyMap<number, string>> {
    const { owners, clock } = this.#ports;
    if (this.#ownersReadAt + REMEMBERED_MS > clock.now()) return this.#owners;
    this.#owners = await owners.listShardOwners();
    this.#ownersReadAt = clock.now();
    return this.#owners;
  }
}

function toTracedEvent({ eventId, ...row }: TracedRow): TracedEvent | undefined {
  return eventId === undefined ? undefined : { ...row, eventId };
}
