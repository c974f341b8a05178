import type { Clock } from '@plexus/matrix-base';
import { SIGNER_LEASE_MS } from '@plexus/storage';
import type { HostedServerRepository } from '@plexus/storage';

/** An announced key that nobody made active for so long was left by a process that died. */
const ANNOUNCED_MS = 30_000;
/** Who has not heard of the new key within the lease signs no more; as long again for clocks that do not agree. */
const REPLACED_MS = 2 * SIGNER_LEASE_MS;
const EVERY_MS = 60_000;

/** Takes the keys of hosted servers on to their next stage when it is time; each step may happen twice. */
export class AdvanceSigningKeys {
  readonly #servers: Pick<HostedServerRepository, 'activateKeys' | 'retireKeys'>;
  readonly #clock: Clock;

  constructor(servers: Pick<HostedServerRepository, 'activateKeys' | 'retireKeys'>, clock: Clock) {
    this.#servers = servers;
    this.#clock = clock;
  }

  async runOnce(): Promise<void> {
    await this.#servers.activateKeys({ announcedMs: ANNOUNCED_MS });
    await this.#servers.retireKeys(REPLACED_MS);
  }

  async runUntil(signal: AbortSignal, failed: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      await this.runOnce().catch(failed);
      await this.#clock.delay(EVERY_MS, signal);
    }
  }
}
