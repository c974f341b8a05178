import type { Clock } from '@plexus/matrix-base';
import type { CommandResult, RoomOwnerReader } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';
import type { LogPublisher } from '../out/log-publisher.ts';
import type { MembershipProjector } from '../out/membership-projector.ts';
import type { OwnedShards } from '../shards/owned-shards.ts';
import type { RoomItem, Settled } from './room-item.ts';
import type { DoneItem, UnitOfWork } from './unit-of-work.ts';

export interface SettleWorkPorts {
  readonly publisher: LogPublisher;
  readonly projector: MembershipProjector;
  readonly rooms: Pick<RoomOwnerReader, 'findCommands'>;
  readonly shards: OwnedShards;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  /** False in fault tests only: then a command may have its effect twice. */
  readonly remembersCommands: boolean;
  failed(doing: string, error: unknown): void;
}

const PAUSE_MS = 200;

/**
 * What follows a commit: the log is published, memberships and summaries are projected, and everybody is answered, those who changed a membership
 * after its projection.
 */
export class SettleWork {
  readonly #ports: SettleWorkPorts;

  constructor(ports: SettleWorkPorts) {
    this.#ports = ports;
  }

  committed(work: UnitOfWork): void {
    this.#ports.publisher.append(work.log);
    const projected = work.done.filter(isProjected);
    if (projected.length > 0) void this.#project(projected);
    const settled = this.#ports.failpoints.reach('persister.before-reply');
    const others = work.done.filter((item) => !isProjected(item));
    if (settled === undefined) this.#settleAll(others);
    else
      void settled.then(
        () => this.#settleAll(others),
        (error: unknown) => failAll(others, error),
      );
  }

  /** Settles commands that were executed before with their first results; resolves with the other items. */
  async repeated(items: readonly RoomItem[]): Promise<RoomItem[]> {
    const results = await this.#findResults(items);
    for (const item of items) {
      const result = results.get(item);
      if (result !== undefined) this.#settleAsBefore(item, result);
    }
    return items.filter((item) => !results.has(item));
  }

  async #project(done: readonly DoneItem[]): Promise<void> {
    const memberships = done.flatMap((item) => item.memberships);
    const summaries = done.flatMap((item) => item.summaries);
    const rows = [...memberships, ...summaries];
    const shards = new Map(rows.map(({ shard }) => [shard, this.#ports.shards.find(shard)?.projection]));
    if (!(await this.#ports.projector.project(memberships, summaries))) return;
    for (const { shard, position } of rows) shards.get(shard)?.finish([position]);
    this.#settleAll(done);
  }

  #settleAll(done: readonly DoneItem[]): void {
    const toConfirm: DoneItem[] = [];
    for (const doneItem of done) {
      const { item, execution } = doneItem;
      if (item.commandId !== undefined && hasNoEffect(execution)) toConfirm.push(doneItem);
      else item.settle(settledOf(doneItem));
    }
    if (toConfirm.length > 0) void this.#confirm(toConfirm);
  }

  /** A command that has no effect now may have had one before: then it is answered as it was then. */
  async #confirm(done: readonly DoneItem[]): Promise<void> {
    for (;;) {
      try {
        const results = await this.#findResults(done.map(({ item }) => item));
        for (const doneItem of done) {
          const result = results.get(doneItem.item);
          if (result === undefined) doneItem.item.settle(settledOf(doneItem));
          else this.#settleAsBefore(doneItem.item, result);
        }
        return;
      } catch (error) {
        this.#ports.failed('find commands', error);
        await this.#ports.clock.delay(PAUSE_MS);
      }
    }
  }

  /** @NOTE The first attempt may have been another process's, whose projection is being caught up with. */
  #settleAsBefore(item: RoomItem, result: CommandResult): void {
    const projected = this.#ports.shards.find(item.shard)?.projection.reached(result.position);
    void Promise.resolve(projected).then(() => item.settle({ outcome: 'stored', ...result }));
  }

  async #findResults(items: readonly RoomItem[]): Promise<Map<RoomItem, CommandResult>> {
    const results = new Map<RoomItem, CommandResult>();
    if (!this.#ports.remembersCommands) return results;
    const byShard = Map.groupBy(items, ({ shard }) => shard);
    await Promise.all(
      [...byShard].map(async ([shard, ofShard]) => {
        const ids = ofShard.map(({ commandId }) => commandId).filter((id) => id !== undefined);
        const found = await this.#ports.rooms.findCommands(shard, ids);
        for (const item of ofShard) {
          const result = item.commandId === undefined ? undefined : found.get(item.commandId);
          if (result !== undefined) results.set(item, result);
        }
      }),
    );
    return results;
  }
}

function isProjected({ memberships, summaries }: DoneItem): boolean {
  return memberships.length + summaries.length > 0;
}

function failAll(done: readonly DoneItem[], error: unknown): void {
  for (const { item } of done) item.settle({ outcome: 'failed', because: String(error) });
}

function hasNoEffect({ outcome }: DoneItem['execution']): boolean {
  return outcome === 'refused' || outcome === 'unchanged';
}

function settledOf({ execution, position }: DoneItem): Settled {
  if (execution.outcome === 'refused') return execution;
  if (execution.outcome === 'received') return { ...execution, position };
  if (execution.outcome === 'settled') return { outcome: 'stored', eventIds: [], position };
  return { outcome: 'stored', eventIds: execution.eventIds, position };
}
