import { serverNameOf } from '@plexus/matrix-base';
import type {
  NewNoticeDelivery,
  NoticeCheckRepository,
  NoticeDelivery,
  NoticeDeliveryRepository,
  TakenPosition,
} from '@plexus/storage';

interface KeptDelivery extends NoticeDelivery {
  readonly expiresAt: number | undefined;
}

interface KeptCheck {
  claim: string | undefined;
  dueAt: number;
}

/** Notices that are sent once, and users to look after, in memory, by a clock that the test moves. */
export class FakeNoticeDeliveries implements NoticeDeliveryRepository, NoticeCheckRepository {
  now = 1_000_000;
  readonly deliveries = new Map<string, KeptDelivery>();
  /** Users who were seen within a day and have no notice of a limit pinned. */
  unlimited: readonly string[] = [];
  readonly #checks = new Map<string, KeptCheck>();
  readonly #positions = new Map<number, number>();
  #claims = 0;

  async insertOrGet({ noticeId, userId, rememberedMs }: NewNoticeDelivery): Promise<NoticeDelivery> {
    const kept = this.deliveries.get(noticeId);
    if (kept !== undefined) return { noticeId, userId: kept.userId, eventId: kept.eventId };
    const delivery = { noticeId, userId, eventId: undefined };
    const expiresAt = rememberedMs === undefined ? undefined : this.now + rememberedMs;
    this.deliveries.set(noticeId, { ...delivery, expiresAt });
    return delivery;
  }

  async findSentNotices(userId: string, prefix: string): Promise<string[]> {
    const sent = [...this.deliveries.values()].filter((kept) => kept.userId === userId && kept.eventId !== undefined);
    return sent.map(({ noticeId }) => noticeId).filter((noticeId) => noticeId.startsWith(prefix));
  }

  async setSent(noticeId: string, eventId: string): Promise<void> {
    const kept = this.deliveries.get(noticeId);
    if (kept !== undefined && kept.eventId === undefined) this.deliveries.set(noticeId, { ...kept, eventId });
  }

  async remove(noticeId: string): Promise<void> {
    if (this.deliveries.get(noticeId)?.eventId === undefined) this.deliveries.delete(noticeId);
  }

  async removeExpired(limit: number): Promise<number> {
    const expired = [...this.deliveries.values()].filter(({ expiresAt = Infinity }) => expiresAt < this.now);
    for (const { noticeId } of expired.slice(0, limit)) this.deliveries.delete(noticeId);
    return Math.min(expired.length, limit);
  }

  async addChecks(userIds: readonly string[], { partition, position }: TakenPosition): Promise<void> {
    this.remember(userIds);
    this.#positions.set(partition, Math.max(this.#positions.get(partition) ?? 0, position));
  }

  /** Users who are to be looked at, from the beginning where somebody is at it. */
  remember(userIds: readonly string[]): void {
    for (const userId of userIds) {
      const kept = this.#checks.get(userId);
      if (kept === undefined) this.#checks.set(userId, { claim: undefined, dueAt: this.now });
      else kept.claim = undefined;
    }
  }

  async addUnlimited(serverName: string, limit: number): Promise<void> {
    const users = this.unlimited.filter((userId) => serverNameOf(userId) === serverName).slice(0, limit);
    for (const userId of users)
      if (!this.#checks.has(userId)) this.#checks.set(userId, { claim: undefined, dueAt: this.now });
  }

  async findPosition(partition: number): Promise<number> {
    return this.#positions.get(partition) ?? 0;
  }

  async claimChecks(limit: number, claimMs: number): Promise<{ claim: string; userIds: readonly string[] }> {
    const claim = `claim${++this.#claims}`;
    const due = [...this.#checks].filter(([, { dueAt }]) => dueAt <= this.now).slice(0, limit);
    for (const [, check] of due) {
      check.claim = claim;
      check.dueAt = this.now + claimMs;
    }
    return { claim, userIds: due.map(([userId]) => userId) };
  }

  async finishChecks(claim: string, userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) if (this.#checks.get(userId)?.claim === claim) this.#checks.delete(userId);
  }
}
