import type { Clock } from '@plexus/matrix-base';
import { noticePolicyOf } from '@plexus/service-shell';
import type { NoticePolicy, PlexusConfig } from '@plexus/service-shell';
import type { AdminUser, HostedServer, HostedServers, UserAdminRepository, UserRepository } from '@plexus/storage';

export interface EnsureNoticesUsersPorts {
  readonly users: Pick<UserRepository, 'addUser'>;
  readonly userAdmin: Pick<UserAdminRepository, 'findUsers' | 'changeUser'>;
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
/** So many accounts are looked for at once. */
const PAGE = 500;

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
    const policies = this.#changedPolicies(servers);
    for (let from = 0; from < policies.length; from += PAGE) await this.#ensureAll(policies.slice(from, from + PAGE));
    this.#done = servers;
  }

  /** Of servers that are new to this process or have changed: of thousands few do. */
  #changedPolicies(servers: readonly HostedServer[]): NoticePolicy[] {
    const known = new Map(this.#done.map((server) => [server.serverName, server.version]));
    return servers
      .filter(({ serverName, version, status }) => status === 'active' && known.get(serverName) !== version)
      .map((server) => noticePolicyOf(this.#config, server))
      .filter((policy) => policy !== undefined);
  }

  async #ensureAll(policies: readonly NoticePolicy[]): Promise<void> {
    const { users, userAdmin } = this.#ports;
    const there = new Set(
      (await userAdmin.findUsers(policies.map(({ sender }) => sender))).map(({ userId }) => userId),
    );
    const missing = policies.filter(({ sender }) => !there.has(sender));
    for (const { sender: userId } of missing) await users.addUser({ userId, passwordHash: undefined });
    const found = await userAdmin.findUsers(policies.map(({ sender }) => sender));
    const byId = new Map(found.map((user) => [user.userId, user]));
    for (const policy of policies) await this.#ensure(policy, byId.get(policy.sender));
  }

  async #ensure(policy: NoticePolicy, user: AdminUser | undefined): Promise<void> {
    const { sender: userId } = policy;
    if (user === undefined) return;
    if (user.hasPassword || user.isAdmin) this.#observer.noticesUserIsPerson(userId);
    const { displayName, avatarUrl } = policy.lookIn(policy.language);
    const isSame = user.userType === USER_TYPE && user.displayName === displayName && user.avatarUrl === avatarUrl;
    if (isSame) return;
    await this.#ports.userAdmin.changeUser(userId, {
      userType: USER_TYPE,
      displayName: displayName ?? null,
      avatarUrl: avatarUrl ?? null,
    });
  }
}
