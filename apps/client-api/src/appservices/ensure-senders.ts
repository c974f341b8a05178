import type { AppserviceRegistry } from '@plexus/appservices';
import type { HostedServers, UserRepository } from '@plexus/storage';

export interface EnsureSendersPorts {
  readonly registry: Pick<AppserviceRegistry, 'all'>;
  readonly servers: Pick<HostedServers, 'list'>;
  readonly users: Pick<UserRepository, 'addUser' | 'findProfiles'>;
}

/** So many accounts are looked for at once. */
const PAGE = 500;

/**
 * Makes the accounts of the users as whom application services act where they name none: on each hosted server that they have to do with, whether
 * the server or the application service came first. An account that is there already stays as it is.
 */
export class EnsureSenders {
  readonly #ports: EnsureSendersPorts;
  #known: { readonly appservices: unknown; readonly servers: unknown } | undefined;

  constructor(ports: EnsureSendersPorts) {
    this.#ports = ports;
  }

  /** Costs nothing while neither the application services nor the servers have changed. */
  async execute(): Promise<void> {
    const { registry, servers } = this.#ports;
    const now = { appservices: registry.all(), servers: servers.list() };
    if (this.#known?.appservices === now.appservices && this.#known.servers === now.servers) return;
    const wanted = this.#senders();
    for (let start = 0; start < wanted.length; start += PAGE) await this.#add(wanted.slice(start, start + PAGE));
    this.#known = now;
  }

  #senders(): { readonly userId: string; readonly registeredBy: string }[] {
    const { registry, servers } = this.#ports;
    const active = servers.list().filter(({ status }) => status !== 'removing');
    return registry
      .all()
      .flatMap((appservice) =>
        active
          .filter(({ serverName }) => appservice.serves(serverName))
          .map(({ serverName }) => ({ userId: appservice.senderOn(serverName), registeredBy: appservice.id })),
      );
  }

  async #add(wanted: readonly { readonly userId: string; readonly registeredBy: string }[]): Promise<void> {
    const there = await this.#ports.users.findProfiles(wanted.map(({ userId }) => userId));
    for (const { userId, registeredBy } of wanted) {
      if (!there.has(userId)) await this.#ports.users.addUser({ userId, passwordHash: undefined, registeredBy });
    }
  }
}
