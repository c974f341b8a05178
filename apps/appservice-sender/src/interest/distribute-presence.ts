import { findServerName } from '@plexus/matrix-base';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { AppserviceAppender, NewAppserviceItem } from '@plexus/storage';
import type { PresenceRecord, RecordBatch, RecordHandler } from '@plexus/topics';
import { LRUCache } from 'lru-cache';
import type { AppendWriter } from '../queues/append-writer.ts';
import type { InterestedAppservices } from './interested-appservices.ts';

export interface DistributePresencePorts {
  readonly appservices: Pick<InterestedAppservices, 'all' | 'ofUser'>;
  readonly members: Pick<AppserviceAppender, 'findSharing'>;
  readonly writer: Pick<AppendWriter, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  isHosted(serverName: string): boolean;
  isUp(appserviceId: string): boolean;
  failed(doing: string, error: unknown): void;
}

const MOST_USERS = 50_000;
/** Whoever was active within this time is so now. */
const ACTIVE_MS = 60_000;

/**
 * Tells application services how hosted users are, when that changes: their own, and those who share a room with one of them
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
      const latest = new Map(records.map(({ value }) => [value.userId, value]));
      const items: NewAppserviceItem[] = [];
      for (const value of latest.values()) items.push(...(await this.#itemsOf(value, listening)));
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

  async #itemsOf(record: PresenceRecord, listening: readonly string[]): Promise<NewAppserviceItem[]> {
    const { userId, presence, statusMsg } = record;
    if (!this.#ports.isHosted(findServerName(userId) ?? '')) return [];
    const said = JSON.stringify([presence, statusMsg]);
    if (this.#told.get(userId) === said) return [];
    this.#told.set(userId, said);
    const interested = new Set(await this.#ports.members.findSharing(userId, listening));
    for (const { id } of this.#ports.appservices.ofUser(userId)) interested.add(id);
    const payload = JSON.stringify(this.#eventOf(record));
    return listening
      .filter((id) => interested.has(id))
      .map((appserviceId) => ({ appserviceId, kind: 'ephemeral', payload }));
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
