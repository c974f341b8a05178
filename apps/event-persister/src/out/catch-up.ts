import type { Clock } from '@plexus/matrix-base';
import { catchUpReceipts } from '../receipts/catch-up-receipts.ts';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { CatchUpPorts } from './catch-up-memberships.ts';
import { catchUpMemberships } from './catch-up-memberships.ts';
import type { MembershipProjector } from './membership-projector.ts';

const PAUSE_MS = 200;

/** Does what a shard's log asks for and nobody has done, or nobody has said so: memberships to project, receipts that events imply. */
export class CatchUp {
  readonly #ports: CatchUpPorts & {
    readonly clock: Clock;
    readonly observer: { failed(doing: string, error: unknown): void };
  };
  readonly #projector: MembershipProjector;

  constructor(
    ports: CatchUpPorts & { readonly clock: Clock; readonly observer: { failed(doing: string, error: unknown): void } },
    projector: MembershipProjector,
  ) {
    this.#ports = ports;
    this.#projector = projector;
  }

  /** Runs until it is done, or until the shard is not ours any more. */
  async run(owned: OwnedShard, isOurs: () => boolean): Promise<void> {
    const { projection } = owned;
    const { projected, position } = owned.counters;
    const isWanted = (): boolean => isOurs() && owned.projection === projection;
    let after = projected;
    while (after < position && isWanted()) {
      try {
        const range = { shard: owned.shard, after, upTo: position };
        for await (const { memberships, summaries, position: last } of catchUpMemberships(range, this.#ports)) {
          if (!isWanted() || !(await this.#projector.project(memberships, summaries))) return;
          after = last;
        }
        after = position;
      } catch (error) {
        this.#ports.observer.failed('catch up with memberships', error);
        await this.#ports.clock.delay(PAUSE_MS);
      }
    }
    if (isWanted()) projection.caughtUp(projected);
  }

  /** What users' own events imply of how far they have read, as far as that is not stored. */
  async readReceipts(owned: OwnedShard, isOurs: () => boolean): Promise<void> {
    const { shard, impliedReceipts } = owned;
    const upTo = owned.counters.position;
    const isWanted = (): boolean => isOurs() && owned.impliedReceipts === impliedReceipts;
    while (isWanted()) {
      try {
        const after = await this.#ports.rooms.findReadProgress(shard);
        for await (const receipts of catchUpReceipts({ shard, after, upTo }, this.#ports.rooms)) {
          if (!isWanted()) return;
          impliedReceipts.add(receipts);
        }
        return impliedReceipts.caughtUp(after);
      } catch (error) {
        this.#ports.observer.failed('catch up with receipts', error);
        await this.#ports.clock.delay(PAUSE_MS);
      }
    }
  }
}
