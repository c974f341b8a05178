import type { NoticePolicy } from '@plexus/service-shell';
import type {
  HostedServer,
  HostedServers,
  NoticeCheckRepository,
  NoticeRoomRepository,
  NoticesTurns,
  UsageCountRepository,
} from '@plexus/storage';
import type { TellOfLimit } from '../checks/tell-of-limit.ts';
import type { UsageBoard } from './usage-board.ts';

export interface CountUsagePorts {
  readonly counts: Pick<UsageCountRepository, 'count'>;
  readonly turns: NoticesTurns;
  readonly board: Pick<UsageBoard, 'refresh' | 'reachedLimit'>;
  readonly servers: Pick<HostedServers, 'find' | 'list'>;
  readonly noticeRooms: Pick<NoticeRoomRepository, 'listLimited' | 'listLimitedServers'>;
  readonly checks: Pick<NoticeCheckRepository, 'addUnlimited'>;
  readonly tellOfLimit: Pick<TellOfLimit, 'clear'>;
  readonly policyOf: (server: HostedServer) => NoticePolicy | undefined;
}

const PAGE = 100;
/** So many users at most are told between two counts. */
const TOLD_AT_ONCE = 10_000;

/** Counts users and rooms, one replica for all. Where a limit is reached, users are told; where it no longer is, the notices are unpinned. */
export class CountUsage {
  readonly #ports: CountUsagePorts;

  constructor(ports: CountUsagePorts) {
    this.#ports = ports;
  }

  /** Whether it was this replica's turn. Where nobody wants to know the numbers, only what they led to is cleared away. */
  async execute({ everyMs, isWanted }: { readonly everyMs: number; readonly isWanted: boolean }): Promise<boolean> {
    const { counts, turns, board } = this.#ports;
    if (!(await turns.takeTurn('count', { firstMs: 0, everyMs }))) return false;
    if (isWanted) {
      await counts.count();
      await board.refresh();
    }
    await this.#announceLimits();
    await this.#clearLimits();
    return true;
  }

  /** Users who are about are to be told that their server has too many. */
  async #announceLimits(): Promise<void> {
    const { servers, board, checks } = this.#ports;
    const limited = servers.list().filter((server) => board.reachedLimit(server) !== undefined);
    for (const { serverName } of limited) await checks.addUnlimited(serverName, TOLD_AT_ONCE);
  }

  /** @NOTE A crash half-way leaves the rest to whoever counts next. */
  async #clearLimits(): Promise<void> {
    const { servers, noticeRooms, board, policyOf } = this.#ports;
    for (const serverName of await noticeRooms.listLimitedServers()) {
      const server = servers.find(serverName);
      const policy = server && policyOf(server);
      if (server === undefined || policy === undefined || board.reachedLimit(server) !== undefined) continue;
      await this.#clear(serverName, policy.sender);
    }
  }

  async #clear(serverName: string, sender: string): Promise<void> {
    const { noticeRooms, tellOfLimit } = this.#ports;
    for (let after = ''; ;) {
      const userIds = await noticeRooms.listLimited(serverName, { after, limit: PAGE });
      for (const userId of userIds) await tellOfLimit.clear(userId, sender);
      const last = userIds.at(-1);
      if (last === undefined || userIds.length < PAGE) return;
      after = last;
    }
  }
}
