import type { Registry } from 'prom-client';
import { readCounter } from './read-metrics.ts';

/**
 * Counts by hosted server, of those alone that the operator has given series of their own (`metrics.hosted_servers`): a deployment with thousands of
 * hosted servers has as many series as one with a single one.
 */
export class HostedServerCounter {
  readonly #counts: Map<string, number>;

  constructor(
    registry: Registry,
    { name, help, servers }: { readonly name: string; readonly help: string; readonly servers: readonly string[] },
  ) {
    this.#counts = new Map(servers.map((server) => [server, 0]));
    readCounter(registry, {
      name: `plexus_hosted_server_${name}`,
      help,
      labels: ['hosted_server'],
      read: () => [...this.#counts].map(([server, count]) => [{ hosted_server: server }, count] as const),
    });
  }

  /** Whether any server is counted at all: where none is, what it would be counted by need not be found out. */
  get isOn(): boolean {
    return this.#counts.size > 0;
  }

  add(serverName: string, count = 1): void {
    const counted = this.#counts.get(serverName);
    if (counted !== undefined) this.#counts.set(serverName, counted + count);
  }
}
