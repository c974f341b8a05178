import { ACCOUNT_PARTITIONS, accountPartitionOf, keyOfFact } from '@plexus/storage';
import type {
  AccountEvent,
  AccountEventOutbox,
  AccountFact,
  SeenUserRepository,
  UnpublishedPartition,
} from '@plexus/storage';

const HOUR_MS = 3_600_000;

interface Publication {
  published: number;
  publisher: string | undefined;
  leasedUntil: number;
}

/** The outbox in memory; `now` counts milliseconds as Postgres's clock would. */
export class FakeAccountEvents implements AccountEventOutbox, SeenUserRepository {
  readonly events: AccountEvent[] = [];
  readonly #publications: Publication[] = Array.from({ length: ACCOUNT_PARTITIONS }, () => {
    return { published: 0, publisher: undefined, leasedUntil: 0 };
  });
  readonly #seenAt = new Map<string, number>();
  now = HOUR_MS;

  append(...facts: readonly AccountFact[]): void {
    for (const fact of facts) {
      const partition = accountPartitionOf(keyOfFact(fact));
      const position = this.#last(partition) + 1;
      this.events.push({ partition, position, occurredAt: this.now, fact });
    }
  }

  async readAccountEvents(partition: number, after: number, limit: number): Promise<AccountEvent[]> {
    return this.events.filter((one) => one.partition === partition && one.position > after).slice(0, limit);
  }

  async readAccountPositions(): Promise<ReadonlyMap<number, number>> {
    return new Map(this.#publications.map((_, partition) => [partition, this.#last(partition)]));
  }

  async leaseUnpublished(publisher: string, leaseMs: number): Promise<UnpublishedPartition[]> {
    const leased: UnpublishedPartition[] = [];
    for (const [partition, publication] of this.#publications.entries()) {
      const isFree = publication.publisher === publisher || publication.leasedUntil < this.now;
      if (!isFree || this.#last(partition) <= publication.published) continue;
      Object.assign(publication, { publisher, leasedUntil: this.now + leaseMs });
      leased.push({ partition, published: publication.published });
    }
    return leased;
  }

  async storePublished(publisher: string, { partition, published }: UnpublishedPartition): Promise<boolean> {
    const publication = this.#publications[partition];
    if (publication?.publisher !== publisher) return false;
    publication.published = Math.max(publication.published, published);
    return true;
  }

  async releaseLeases(publisher: string): Promise<void> {
    for (const publication of this.#publications) {
      if (publication.publisher === publisher) Object.assign(publication, { publisher: undefined, leasedUntil: 0 });
    }
  }

  async removeOldEvents(olderThanMs: number): Promise<number> {
    const before = this.events.length;
    const kept = this.events.filter(
      ({ partition, position, occurredAt }) =>
        occurredAt >= this.now - olderThanMs || position > (this.#publications[partition]?.published ?? 0),
    );
    this.events.splice(0, before, ...kept);
    return before - kept.length;
  }

  async storeSeenUsers(userIds: readonly string[]): Promise<void> {
    for (const userId of new Set(userIds)) {
      const seenAt = this.#seenAt.get(userId);
      if (seenAt !== undefined && this.now - seenAt <= HOUR_MS) continue;
      this.#seenAt.set(userId, this.now);
      this.append({ kind: 'seen', userId, day: new Date(this.now).toISOString().slice(0, 10) });
    }
  }

  #last(partition: number): number {
    return this.events.findLast((one) => one.partition === partition)?.position ?? 0;
  }
}
