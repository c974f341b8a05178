import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type {
  HostedServer,
  HostedServerQuotas,
  HostedServers,
  HostedServerSettings,
  ServerUseReader,
} from '@plexus/storage';

/** What is set for hosted servers. */
export interface QuotaRules {
  quotasOf(settings: HostedServerSettings): HostedServerQuotas;
  /** Who is to be asked for more. */
  contactOf(settings: HostedServerSettings): string | undefined;
}

/** The quota that is used up: as the configuration calls it. */
export type ExceededQuota = 'max_users' | 'max_event_bytes' | 'max_monthly_traffic_bytes';

export interface QuotaBoardPorts {
  readonly servers: Pick<HostedServers, 'list'>;
  readonly use: Pick<ServerUseReader, 'findUse'>;
}

const REFRESH_EVERY_MS = 10_000;
const AT_ONCE = 1_000;

/** Which hosted servers have used up what they may store and send, as this process knows it: some seconds late. Nothing is asked where none has such a quota. */
export class QuotaBoard {
  readonly #ports: QuotaBoardPorts;
  readonly #rules: QuotaRules;
  #exceeded: ReadonlyMap<string, ExceededQuota> = new Map();
  #listed: readonly HostedServer[] = [];
  #limited: readonly HostedServer[] = [];

  constructor(ports: QuotaBoardPorts, rules: QuotaRules) {
    this.#ports = ports;
    this.#rules = rules;
  }

  findExceeded(serverName: string): ExceededQuota | undefined {
    return this.#exceeded.get(serverName);
  }

  /** How many hosted servers have used up each quota. */
  countExceeded(): ReadonlyMap<ExceededQuota, number> {
    const counts = new Map<ExceededQuota, number>([
      ['max_event_bytes', 0],
      ['max_monthly_traffic_bytes', 0],
    ]);
    for (const quota of this.#exceeded.values()) counts.set(quota, (counts.get(quota) ?? 0) + 1);
    return counts;
  }

  async refresh(): Promise<void> {
    const limited = this.#findLimited();
    const exceeded = new Map<string, ExceededQuota>();
    for (let from = 0; from < limited.length; from += AT_ONCE) {
      const some = new Map(limited.slice(from, from + AT_ONCE).map((server) => [server.serverName, server]));
      for (const used of await this.#ports.use.findUse([...some.keys()])) {
        const settings = some.get(used.serverName)?.settings;
        const quota = settings && exceededQuota(this.#rules.quotasOf(settings), used);
        if (quota !== undefined) exceeded.set(used.serverName, quota);
      }
    }
    this.#exceeded = exceeded;
  }

  async refreshUntil(
    signal: AbortSignal,
    { clock, failed }: { readonly clock: Pick<Clock, 'delay' | 'pause'>; readonly failed: (error: unknown) => void },
  ): Promise<void> {
    while (!signal.aborted) {
      await this.refresh().catch(failed);
      await pauseBetweenLooks(REFRESH_EVERY_MS, clock, signal);
    }
  }

  /** @NOTE The list is another one only where something has changed. */
  #findLimited(): readonly HostedServer[] {
    const listed = this.#ports.servers.list();
    if (listed !== this.#listed) {
      this.#listed = listed;
      this.#limited = listed.filter(({ settings }) => isLimited(this.#rules.quotasOf(settings)));
    }
    return this.#limited;
  }
}

function isLimited({ eventBytes, monthlyTrafficBytes }: HostedServerQuotas): boolean {
  return eventBytes !== undefined || monthlyTrafficBytes !== undefined;
}

/** The first of the quotas that is used up. */
export function exceededQuota(
  { eventBytes, monthlyTrafficBytes }: HostedServerQuotas,
  { month, total }: { readonly month: TrafficUse; readonly total: StorageUse },
): Exclude<ExceededQuota, 'max_users'> | undefined {
  if (eventBytes !== undefined && total.eventBytes >= eventBytes) return 'max_event_bytes';
  const traffic = month.receivedBytes + month.sentBytes;
  return monthlyTrafficBytes !== undefined && traffic >= monthlyTrafficBytes ? 'max_monthly_traffic_bytes' : undefined;
}

interface TrafficUse {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

interface StorageUse {
  readonly eventBytes: number;
}
