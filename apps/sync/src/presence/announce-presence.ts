import type { Clock } from '@plexus/matrix-base';
import type { PresenceRecord } from '@plexus/topics';
import type { PresenceBoard, PresenceName } from './presence-board.ts';

export interface AnnouncePresenceOptions {
  readonly board: PresenceBoard;
  readonly clock: Pick<Clock, 'now'>;
  /** To all replicas, this one too. */
  publish(record: PresenceRecord): void;
}

interface Syncing {
  presence: PresenceName;
  requests: number;
  saidAt: number;
}

/** Below the lease, so that one that is lost does no harm. */
const AGAIN_MS = 25_000;

/** Says how users are: as they set it, and as their clients that sync say (`set_presence`), again and again as long as they do. */
export class AnnouncePresence {
  readonly #options: AnnouncePresenceOptions;
  readonly #syncing = new Map<string, Syncing>();

  constructor(options: AnnouncePresenceOptions) {
    this.#options = options;
  }

  set(userId: string, presence: PresenceName, statusMessage: string | undefined): void {
    const { clock, publish } = this.#options;
    publish({ userId, presence, statusMsg: statusMessage ?? '', lastActiveAt: clock.now(), isSet: true });
    const syncing = this.#syncing.get(userId);
    if (syncing !== undefined) syncing.saidAt = clock.now();
  }

  /** A request for `/sync` of the user begins; the result is to be called when it ends. */
  syncing(userId: string, presence: PresenceName): () => void {
    if (presence === 'offline') return () => undefined;
    const syncing = this.#syncing.get(userId) ?? { presence, requests: 0, saidAt: -Infinity };
    this.#syncing.set(userId, syncing);
    syncing.requests += 1;
    const isOther = syncing.presence !== presence;
    syncing.presence = presence;
    if (isOther || this.#isDue(syncing)) this.#say(userId, syncing);
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
  }
}
