import { LRUCache } from 'lru-cache';
import { findServerName } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { PresenceRecord, Producer, RecordBatch, RecordHandler } from '@plexus/topics';
import { OutboundBatch } from './outbound-publisher.ts';
import type { ServersOfUser } from './servers-of-user.ts';

export interface DistributePresencePorts {
  readonly servers: Pick<ServersOfUser, 'find'>;
  readonly producer: Producer;
  readonly clock: Pick<Clock, 'now'>;
  isHosted(serverName: string): boolean;
  failed(doing: string, error: unknown): void;
}

interface Said {
  readonly presence: string;
  readonly statusMsg: string;
  readonly at: number;
}

const MOST_USERS = 50_000;
/** As long as nothing changes it is said again so seldom: others take somebody for offline after half an hour. */
const AGAIN_MS = 20 * 60_000;
/** Whoever was active within this time is so now. */
const ACTIVE_MS = 60_000;

/** Tells other servers how hosted users are (https://spec.matrix.org/v1.19/server-server-api/#presence), when that changes. */
export class DistributePresence implements RecordHandler<PresenceRecord> {
  readonly #ports: DistributePresencePorts;
  readonly #said = new LRUCache<string, Said>({ max: MOST_USERS });

  constructor(ports: DistributePresencePorts) {
    this.#ports = ports;
  }

  /** @NOTE What fails is dropped: it is said again. */
  async handle({ records }: RecordBatch<PresenceRecord>): Promise<void> {
    const batch = new OutboundBatch();
    try {
      const latest = new Map(records.map(({ value }) => [value.userId, value]));
      for (const value of latest.values()) await this.#add(value, batch);
      await batch.send(this.#ports.producer);
    } catch (error) {
      this.failed(error);
    }
  }

  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  reset(): void {}

  failed(error: unknown): void {
    this.#ports.failed('tell other servers who is there', error);
  }

  async #add(record: PresenceRecord, batch: OutboundBatch): Promise<void> {
    const { servers, isHosted } = this.#ports;
    const { userId } = record;
    const origin = findServerName(userId);
    if (origin === undefined || !isHosted(origin) || !this.#isNews(record)) return;
    const destinations = await servers.find(userId);
    if (destinations.length === 0) return;
    const content = { push: [this.#update(record)] };
    batch.addEdu({ origin, eduType: 'm.presence', key: userId, content }, destinations);
  }

  #isNews({ userId, presence, statusMsg }: PresenceRecord): boolean {
    const now = this.#ports.clock.now();
    const said = this.#said.get(userId);
    const isSame = said?.presence === presence && said.statusMsg === statusMsg && said.at + AGAIN_MS > now;
    if (!isSame) this.#said.set(userId, { presence, statusMsg, at: now });
    return !isSame;
  }

  #update({ userId, presence, statusMsg, lastActiveAt }: PresenceRecord) {
    const ago = Math.max(0, this.#ports.clock.now() - lastActiveAt);
    return {
      user_id: userId,
      presence,
      last_active_ago: ago,
      currently_active: presence === 'online' && ago < ACTIVE_MS,
      ...(statusMsg !== '' && { status_msg: statusMsg }),
    };
  }
}
