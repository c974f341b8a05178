import { findServerName } from '@plexus/matrix-base';
import type { HostedServers } from '@plexus/storage';

/** Says whose presence is told at all. */
export class PresencePolicy {
  readonly #servers: Pick<HostedServers, 'find'>;
  readonly #isUsual: boolean;

  constructor(servers: Pick<HostedServers, 'find'>, isUsual: boolean) {
    this.#servers = servers;
    this.#isUsual = isUsual;
  }

  /** By the setting of the user's server, else the deployment's; of other servers' users the deployment's. */
  hasPresence(userId: string): boolean {
    return this.#servers.find(findServerName(userId) ?? '')?.settings.presence?.enabled ?? this.#isUsual;
  }
}
