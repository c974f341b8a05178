import type { Clock } from '@plexus/matrix-base';
import { noticePolicyOf } from '@plexus/service-shell';
import type { NoticePolicy, PlexusConfig } from '@plexus/service-shell';
import type { HostedServer, HostedServers, UserAdminRepository, UserRepository } from '@plexus/storage';

export interface EnsureNoticesUsersPorts {
  readonly users: Pick<UserRepository, 'addUser'>;
  readonly userAdmin: Pick<UserAdminRepository, 'findUser' | 'changeUser'>;
  readonly servers: Pick<HostedServers, 'list'>;
  readonly clock: Clock;
}

/** Told what is wrong; must not throw. */
export interface NoticesUserObserver {
  /** There was a person of this id before: nobody logs in as them any more. */
  noticesUserIsPerson(userId: string): void;
  upkeepFailed(error: unknown): void;
}

const LOOK_EVERY_MS = 1_000;
const USER_TYPE = 'support';

/**
 * Sees to it that every hosted server has the user who sends its notices: an account without a password, which shows the name and picture that
 * are configured. Servers that are added while running get theirs within moments.
 */
export class EnsureNoticesUsers {
  readonly #ports: EnsureNoticesUsersPorts;
  readonly #config: Pick<PlexusConfig, 'server_notices'>;
  readonly #observer: NoticesUserObserver;
  #done: readonly HostedServer[] = [];

  constructor(
    ports: EnsureNoticesUsersPorts,
    config: Pick<PlexusConfig, 'server_notices'>,
    observer: NoticesUserObserver,
  ) {
    this.#ports = ports;
    this.#config = config;
    this.#observer = observer;
  }

  async runUntil(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.execute().catch((error: unknown) => this.#observer.upkeepFailed(error));
      await this.#ports.clock.delay(LOOK_EVERY_MS, stopping);
    }
  }

  /** Does nothing where no server has changed. */
  async execute(): Promise<void> {
    const servers = this.#ports.servers.list();
    if (servers === this.#done) return;
    const known = new Map(this.#done.map((server) => [server.serverName, server.version]));
    for (const server of servers) {
      const policy = noticePolicyOf(this.#config, server);
      const isChanged = known.get(server.serverName) !== server.version;
      if (policy !== undefined && isChanged && server.status === 'active') await this.#ensure(policy);
    }
    this.#done = servers;
  }

  async #ensure(policy: NoticePolicy): Promise<void> {
    const { users, userAdmin } = this.#ports;
    const { sender: userId } = policy;
    await users.addUser({ userId, passwordHash: undefined });
    const user = await userAdmin.findUser(userId);
    if (user === undefined) return;
    if (user.hasPassword || user.isAdmin) this.#observer.noticesUserIsPerson(userId);
    const { displayName, avatarUrl } = policy.lookIn(policy.language);
    const isSame = user.userType === USER_TYPE && user.displayName === displayName && user.avatarUrl === avatarUrl;
    if (isSame) return;
    await userAdmin.changeUser(userId, {
      userType: USER_TYPE,
      displayName: displayName ?? null,
      avatarUrl: avatarUrl ?? null,
    });
  }
}
