import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { NewAppserviceItem } from '@plexus/storage';
import type { PresenceRecord, RecordBatch, RecordHandler } from '@plexus/topics';
import { LRUCache } from 'lru-cache';
import type { AppendWriter } from '../queues/append-writer.ts';
import type { InterestedAppservices } from './interested-appservices.ts';
import type { RecentlySharing } from './recently-sharing.ts';

export interface DistributePresencePorts {
  readonly appservices: Pick<InterestedAppservices, 'all' | 'ofUser'>;
  readonly sharing: Pick<RecentlySharing, 'find'>;
  readonly writer: Pick<AppendWriter, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  isUp(appserviceId: string): boolean;
  failed(doing: string, error: unknown): void;
}

const MOST_USERS = 50_000;
/** Whoever was active within this time is so now. */
const ACTIVE_MS = 60_000;

/**
 * Tells application services how users are, when that changes: their own, and those of any server who share a room with one of them
 * (https://spec.matrix.org/v1.19/application-service-api/#pushing-ephemeral-data).
 */
export class DistributePresence implements RecordHandler<PresenceRecord> {
  readonly #ports: DistributePresencePorts;
  readonly #told = new LRUCache<string, string>({ max: MOST_USERS });

  constructor(ports: DistributePresencePorts) {
    this.#ports = ports;
  }

  /** @NOTE What fails is dropped: it is said again. */
  async handle({ records }: RecordBatch<PresenceRecord>): Promise<void> {
    const listening = this.#listeners();
    if (listening.length === 0) return;
    try {
      const items = await this.#itemsOf(this.#news(records), listening);
      if (items.length > 0) await this.#ports.writer.append({ moves: [], reads: [], items, members: [] });
    } catch (error) {
      this.failed(error);
    }
  }

  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  reset(): void {}

  failed(error: unknown): void {
    this.#ports.failed('tell application services who is there', error);
  }

  #listeners(): string[] {
    const listening = this.#ports.appservices.all().filter(({ settings }) => settings.receivesEphemeral);
    return listening.map(({ id }) => id).filter((id) => this.#ports.isUp(id));
  }

  /** The last record of each user who is not as was told. */
  #news(records: RecordBatch<PresenceRecord>['records']): PresenceRecord[] {
    const latest = new Map(records.map(({ value }) => [value.userId, value]));
    return [...latest.values()].filter(({ userId, presence, statusMsg }) => {
      const said = JSON.stringify([presence, statusMsg]);
      const isKnown = this.#told.get(userId) === said;
      this.#told.set(userId, said);
      return !isKnown;
    });
  }

  async #itemsOf(news: readonly PresenceRecord[], listening: readonly string[]): Promise<NewAppserviceItem[]> {
    const { sharing, appservices } = this.#ports;
    const userIds = news.map(({ userId }) => userId);
    const found = userIds.length === 0 ? undefined : await sharing.find(userIds, listening);
    return news.flatMap((record) => {
      const interested = new Set(found?.get(record.userId));
      for (const { id } of appservices.ofUser(record.userId)) interested.add(id);
      const payload = JSON.stringify(this.#eventOf(record));
      return listening
        .filter((id) => interested.has(id))
        .map((appserviceId) => ({ appserviceId, kind: 'ephemeral' as const, payload }));
    });
  }

  #eventOf({ userId, presence, statusMsg, lastActiveAt }: PresenceRecord): JsonObject {
    const ago = Math.max(0, this.#ports.clock.now() - lastActiveAt);
    const content = {
      presence,
      last_active_ago: ago,
      currently_active: presence === 'online' && ago < ACTIVE_MS,
      ...(statusMsg !== '' && { status_msg: statusMsg }),
    };
    return { type: 'm.presence', sender: userId, content };
  }
}
