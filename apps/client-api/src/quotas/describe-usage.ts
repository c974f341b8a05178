import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type {
  HostedServer,
  HostedServerQuotas,
  HostedServers,
  ServerAccounts,
  ServerUse,
  ServerUseReader,
  ServerUseRecord,
} from '@plexus/storage';
import { requireServer } from '../servers/change-server.ts';
import { exceededQuota } from './quota-board.ts';
import type { ExceededQuota, QuotaRules } from './quota-board.ts';

/** What a hosted server uses, and what it may use. */
export interface ServerUsage {
  readonly accounts: ServerAccounts;
  readonly month: ServerUse;
  readonly total: ServerUse;
  readonly quotas: HostedServerQuotas;
  readonly exceeded: readonly ExceededQuota[];
}

export interface DescribeUsagePorts {
  readonly servers: HostedServers;
  readonly use: ServerUseReader;
}

/** Tells what hosted servers use. */
export class DescribeUsage {
  readonly #ports: DescribeUsagePorts;
  readonly #rules: QuotaRules;

  constructor(ports: DescribeUsagePorts, rules: QuotaRules) {
    this.#ports = ports;
    this.#rules = rules;
  }

  /** For the deployment's administrators, and the server's own. Throws 403, and 404 for a server that is not hosted here. */
  async ofServer(
    { serverName: own, isDeploymentAdmin }: Pick<Requester, 'serverName' | 'isDeploymentAdmin'>,
    serverName: string,
  ): Promise<ServerUsage> {
    if (!isDeploymentAdmin && own !== serverName) {
      throw new MatrixError('M_FORBIDDEN', 403, 'You administer another server');
    }
    const [usage] = await this.#describe([requireServer(this.#ports.servers, serverName)]);
    if (usage === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'The server is gone');
    return usage;
  }

  /** A page of all servers, in the order of their names; `after` is exclusive. */
  async page({ after, limit }: { readonly after: string | undefined; readonly limit: number }): Promise<{
    readonly usages: readonly ServerUsage[];
    readonly total: number;
    readonly nextAfter: string | undefined;
  }> {
    const all = this.#ports.servers.list();
    const from = after === undefined ? 0 : all.findIndex(({ serverName }) => serverName > after);
    const page = from === -1 ? [] : all.slice(from, from + limit);
    const isLast = from === -1 || from + limit >= all.length;
    const nextAfter = isLast ? undefined : page.at(-1)?.serverName;
    return { usages: await this.#describe(page), total: all.length, nextAfter };
  }

  async #describe(servers: readonly HostedServer[]): Promise<ServerUsage[]> {
    const names = servers.map(({ serverName }) => serverName);
    const [accounts, uses] = await Promise.all([this.#ports.use.countAccounts(names), this.#ports.use.findUse(names)]);
    const accountsOf = new Map(accounts.map((counted) => [counted.serverName, counted]));
    const useOf = new Map(uses.map((use) => [use.serverName, use]));
    return servers.map(({ serverName, settings }) => {
      const use = useOf.get(serverName) ?? { serverName, month: NO_USE, total: NO_USE };
      return this.#usageOf(this.#rules.quotasOf(settings), accountsOf.get(serverName) ?? noAccounts(serverName), use);
    });
  }

  #usageOf(quotas: HostedServerQuotas, accounts: ServerAccounts, use: ServerUseRecord): ServerUsage {
    const { month, total } = use;
    const hasAllUsers = quotas.users !== undefined && accounts.users >= quotas.users;
    const exceeded = exceededQuota(quotas, use);
    return {
      accounts,
      month,
      total,
      quotas,
      exceeded: [...(hasAllUsers ? (['max_users'] as const) : []), ...(exceeded === undefined ? [] : [exceeded])],
    };
  }
}

const NO_USE: ServerUse = {
  requests: 0,
  receivedBytes: 0,
  sentBytes: 0,
  events: 0,
  eventBytes: 0,
  transactions: 0,
  sentEvents: 0,
};

function noAccounts(serverName: string): ServerAccounts {
  return { serverName, users: 0, guests: 0, bridged: 0, deactivated: 0, counted: undefined };
}
