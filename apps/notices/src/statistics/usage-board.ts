import type { UsageLimit } from '@plexus/service-shell';
import type { HostedServer, ServerUsage, UsageCountRepository, UsageCounts } from '@plexus/storage';

/** What was last counted, as this process knows it. */
export class UsageBoard {
  readonly #counts: Pick<UsageCountRepository, 'listCounts'>;
  readonly #limitOf: (server: HostedServer) => UsageLimit | undefined;
  #known: ReadonlyMap<string, ServerUsage> = new Map();

  constructor(
    counts: Pick<UsageCountRepository, 'listCounts'>,
    limitOf: (server: HostedServer) => UsageLimit | undefined,
  ) {
    this.#counts = counts;
    this.#limitOf = limitOf;
  }

  async refresh(): Promise<void> {
    const listed = await this.#counts.listCounts();
    this.#known = new Map(listed.map((usage) => [usage.serverName, usage]));
  }

  list(): readonly ServerUsage[] {
    return [...this.#known.values()];
  }

  /** Of all hosted servers together. */
  total(): UsageCounts {
    return sumOf(this.list().map(({ counts }) => counts));
  }

  /** The server's limit where as many users as it allows were active, or more. */
  reachedLimit(server: HostedServer): UsageLimit | undefined {
    const limit = this.#limitOf(server);
    const counts = this.#known.get(server.serverName)?.counts;
    return limit !== undefined && counts !== undefined && counts.monthlyActiveUsers >= limit.monthlyActiveUsers
      ? limit
      : undefined;
  }
}

const NOTHING: UsageCounts = {
  users: 0,
  nonbridgedUsers: 0,
  dailyActiveUsers: 0,
  monthlyActiveUsers: 0,
  dailyNative: 0,
  dailyGuests: 0,
  dailyBridged: 0,
  rooms: 0,
};

/** @NOTE A room that hosted servers share counts once for each. */
export function sumOf(all: readonly UsageCounts[]): UsageCounts {
  return all.reduce(
    (sum, one) => ({
      users: sum.users + one.users,
      nonbridgedUsers: sum.nonbridgedUsers + one.nonbridgedUsers,
      dailyActiveUsers: sum.dailyActiveUsers + one.dailyActiveUsers,
      monthlyActiveUsers: sum.monthlyActiveUsers + one.monthlyActiveUsers,
      dailyNative: sum.dailyNative + one.dailyNative,
      dailyGuests: sum.dailyGuests + one.dailyGuests,
      dailyBridged: sum.dailyBridged + one.dailyBridged,
      rooms: sum.rooms + one.rooms,
    }),
    NOTHING,
  );
}
