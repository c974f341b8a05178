import { serverNameOf } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { NoticePolicy } from '@plexus/service-shell';
import type { HostedServer, HostedServers, NoticeCheckRepository, UserRecord, UserRepository } from '@plexus/storage';

/** A user who may have to be told something, on their server. */
export interface CheckedUser {
  readonly user: UserRecord;
  readonly server: HostedServer;
  readonly policy: NoticePolicy;
}

/** Something that users are told when they are seen. */
export interface DueNotice {
  /** Whether users of the server may have to be told at all. Asked for each event of accounts, so it asks nobody. */
  concerns(server: HostedServer): boolean;
  /** Tells the user, once. */
  tell(checked: CheckedUser): Promise<void>;
}

export interface RunChecksPorts {
  readonly checks: Pick<NoticeCheckRepository, 'claimChecks' | 'finishChecks'>;
  readonly users: Pick<UserRepository, 'findUser'>;
  readonly servers: Pick<HostedServers, 'find'>;
  readonly policyOf: (server: HostedServer) => NoticePolicy | undefined;
  readonly clock: Clock;
}

const AT_ONCE = 20;
const CLAIM_MS = 30_000;
const IDLE_MS = 500;
const FAILED_MS = 2_000;

/**
 * Finds out of users who were seen what they have to be told, and tells them.
 *
 *     claim some users ──► each: what is due is sent once ──► row gone
 *          ▲                   │
 *          └── later, where it failed or this process died
 */
export class RunChecks {
  readonly #ports: RunChecksPorts;
  readonly #notices: readonly DueNotice[];
  readonly #failed: (error: unknown) => void;

  constructor(ports: RunChecksPorts, notices: readonly DueNotice[], failed: (error: unknown) => void) {
    this.#ports = ports;
    this.#notices = notices;
    this.#failed = failed;
  }

  /** Whether users of this server may have to be told something. */
  concerns(serverName: string): boolean {
    const server = this.#ports.servers.find(serverName);
    if (server === undefined || this.#ports.policyOf(server) === undefined) return false;
    return this.#notices.some((notice) => notice.concerns(server));
  }

  async runUntil(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const waitMs = await this.runOnce().catch((error: unknown) => {
        this.#failed(error);
        return FAILED_MS;
      });
      if (waitMs > 0) await this.#ports.clock.delay(waitMs, stopping);
    }
  }

  /** Looks after some users. Returns how long there is nothing to do, in milliseconds. */
  async runOnce(): Promise<number> {
    const { checks } = this.#ports;
    const { claim, userIds } = await checks.claimChecks(AT_ONCE, CLAIM_MS);
    if (userIds.length === 0) return IDLE_MS;
    const done = await Promise.all(userIds.map((userId) => this.#isLookedAfter(userId)));
    await checks.finishChecks(
      claim,
      userIds.filter((_, index) => done[index] === true),
    );
    return 0;
  }

  /** Who could not be told stays, and comes again when the claim has run out. */
  async #isLookedAfter(userId: string): Promise<boolean> {
    try {
      await this.#lookAfter(userId);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  async #lookAfter(userId: string): Promise<void> {
    const { servers, users, policyOf } = this.#ports;
    const server = servers.find(serverNameOf(userId));
    const policy = server && policyOf(server);
    if (server === undefined || policy === undefined || policy.sender === userId) return;
    const notices = this.#notices.filter((notice) => notice.concerns(server));
    if (notices.length === 0) return;
    const user = await users.findUser(userId);
    // Nobody reads what is said to users of appservices.
    if (user === undefined || user.isDeactivated || user.registeredBy !== undefined) return;
    for (const notice of notices) await notice.tell({ user, server, policy });
  }
}
