import type { Clock } from '@plexus/matrix-base';
import type { AccessRecord, DeviceSighting, DeviceSightingRepository, SeenUserRepository } from '@plexus/storage';
import type { TokenBearer } from './find-access-token.ts';

/** A device that goes on asking is stored again after so long. */
const RESOLUTION_MS = 60_000;
const FLUSH_MS = 10_000;
/** A user who goes on asking is told of again after so long. */
const USER_RESOLUTION_MS = 3_600_000;
const REMEMBERED = 100_000;
const USER_AGENT_LENGTH = 256;

export interface DeviceSightingsOptions {
  /** Is told which users there are, seldom. */
  readonly seenUsers: SeenUserRepository;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

/** Remembers which devices make requests, and stores them in batches: a request itself writes nothing. What is lost with the process is tolerable. */
export class DeviceSightings {
  readonly #repository: DeviceSightingRepository;
  readonly #seenUsers: SeenUserRepository;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #rememberedAt = new Map<string, number>();
  readonly #toldAt = new Map<string, number>();
  #unstored: DeviceSighting[] = [];

  constructor(repository: DeviceSightingRepository, { seenUsers, clock, failed }: DeviceSightingsOptions) {
    this.#repository = repository;
    this.#seenUsers = seenUsers;
    this.#clock = clock;
    this.#failed = failed;
  }

  seen({ userId, deviceId }: AccessRecord, { clientAddress, headers }: TokenBearer): void {
    if (deviceId === '') return;
    const key = `${userId} ${deviceId}`;
    const seenAt = this.#clock.now();
    const before = this.#rememberedAt.get(key);
    if (before !== undefined && seenAt - before < RESOLUTION_MS) return;
    if (this.#rememberedAt.size >= REMEMBERED) this.#rememberedAt.clear();
    this.#rememberedAt.set(key, seenAt);
    const userAgent = headers['user-agent']?.slice(0, USER_AGENT_LENGTH);
    this.#unstored.push({ userId, deviceId, seenAt, address: clientAddress ?? '', userAgent });
  }

  /** Stores what is new; a failure is told and forgotten. */
  async flush(): Promise<void> {
    const sightings = this.#unstored;
    this.#unstored = [];
    if (sightings.length === 0) return;
    try {
      await this.#repository.storeSightings(sightings);
      await this.#tell(sightings);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Users of whom this process has told are left out for an hour; those of whom another one has, the repository leaves out. */
  async #tell(sightings: readonly DeviceSighting[]): Promise<void> {
    const now = this.#clock.now();
    const untold = [...new Set(sightings.map(({ userId }) => userId))].filter(
      (userId) => now - (this.#toldAt.get(userId) ?? -Infinity) >= USER_RESOLUTION_MS,
    );
    if (untold.length === 0) return;
    await this.#seenUsers.storeSeenUsers(untold);
    if (this.#toldAt.size >= REMEMBERED) this.#toldAt.clear();
    for (const userId of untold) this.#toldAt.set(userId, now);
  }

  /** Stores from time to time until the signal aborts, and once more then. */
  async runUntil(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.#clock.delay(FLUSH_MS, stopping);
      await this.flush();
    }
  }
}
