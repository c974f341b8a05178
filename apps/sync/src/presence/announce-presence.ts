import type { Clock } from '@plexus/matrix-base';
import type { PresenceStatusRepository } from '@plexus/storage';
import type { PresenceRecord } from '@plexus/topics';
import type { PresenceBoard, PresenceName } from './presence-board.ts';
import type { PresencePolicy } from './presence-policy.ts';

export interface AnnouncePresenceOptions {
  readonly board: PresenceBoard;
  readonly clock: Pick<Clock, 'now'>;
  readonly policy: Pick<PresencePolicy, 'hasPresence'>;
  readonly statuses: PresenceStatusRepository;
  /** To all replicas, this one too. */
  publish(record: PresenceRecord): void;
  failed(error: unknown): void;
}

interface Syncing {
  presence: PresenceName;
  requests: number;
  saidAt: number;
  /** Whether it was looked for what the user said of themselves before all processes began. */
  hasLooked: boolean;
}

/** Below the lease, so that one that is lost does no harm. */
const AGAIN_MS = 25_000;
/** Clients that take turns in saying something else are not repeated each time. */
const FLIP_MS = 2_000;

/** Says how users are: as they set it, and as their clients that sync say (`set_presence`), again and again as long as they do. */
export class AnnouncePresence {
  readonly #options: AnnouncePresenceOptions;
  readonly #syncing = new Map<string, Syncing>();

  constructor(options: AnnouncePresenceOptions) {
    this.#options = options;
  }

  /** What the user says of themselves is stored when it resolves. */
  async set(userId: string, presence: PresenceName, statusMessage: string | undefined): Promise<void> {
    const { clock, publish, policy, statuses } = this.#options;
    if (!policy.hasPresence(userId)) return;
    await statuses.storeStatus(userId, statusMessage);
    publish({ userId, presence, statusMsg: statusMessage ?? '', lastActiveAt: clock.now(), isSet: true });
    const syncing = this.#syncing.get(userId);
    if (syncing !== undefined) syncing.saidAt = clock.now();
  }

  /** A request for `/sync` of the user begins; the result is to be called when it ends. */
  syncing(userId: string, presence: PresenceName): () => void {
    if (presence === 'offline' || !this.#options.policy.hasPresence(userId)) return () => undefined;
    const syncing = this.#syncing.get(userId) ?? { presence, requests: 0, saidAt: -Infinity, hasLooked: false };
    this.#syncing.set(userId, syncing);
    syncing.requests += 1;
    const isOther = syncing.presence !== presence;
    syncing.presence = presence;
    const isFlip = isOther && syncing.saidAt + FLIP_MS > this.#options.clock.now();
    if (isFlip) syncing.saidAt = -Infinity;
    else if (isOther || this.#isDue(syncing)) this.#say(userId, syncing);
    return () => {
      syncing.requests -= 1;
    };
  }

  /** Says again what is still so. To be called now and then. */
  repeat(): void {
    for (const [userId, syncing] of this.#syncing) {
      if (!this.#isDue(syncing)) continue;
      if (syncing.requests > 0) this.#say(userId, syncing);
      else this.#syncing.delete(userId);
    }
  }

  #isDue({ saidAt }: Syncing): boolean {
    return saidAt + AGAIN_MS <= this.#options.clock.now();
  }

  /** Who comes back is active. */
  #say(userId: string, syncing: Syncing): void {
    const { board, clock, publish } = this.#options;
    const now = clock.now();
    const { presence, statusMessage, lastActiveAt } = board.read(userId, now);
    syncing.saidAt = now;
    publish({
      userId,
      presence: syncing.presence,
      statusMsg: statusMessage ?? '',
      lastActiveAt: presence === 'offline' && syncing.presence === 'online' ? now : lastActiveAt,
      isSet: false,
    });
    if (statusMessage === undefined && !syncing.hasLooked) void this.#sayStatus(userId, syncing);
  }

  /** Nobody who is there may know what the user said of themselves: it is stored. */
  async #sayStatus(userId: string, syncing: Syncing): Promise<void> {
    const { board, clock, publish, statuses, failed } = this.#options;
    syncing.hasLooked = true;
    try {
      const statusMsg = await statuses.findStatus(userId);
      const { statusMessage, lastActiveAt } = board.read(userId, clock.now());
      if (statusMsg === undefined || statusMessage !== undefined) return;
      publish({ userId, presence: syncing.presence, statusMsg, lastActiveAt, isSet: false });
    } catch (error) {
      syncing.hasLooked = false;
      failed(error);
    }
  }
}
