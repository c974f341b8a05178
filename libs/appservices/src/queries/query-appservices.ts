import type { AppserviceQueryOutcome, AppserviceRequests } from '@plexus/rpc';
import type { UserRepository } from '@plexus/storage';
import type { Appservice } from '../appservice.ts';
import type { AppserviceRegistry } from '../appservice-registry.ts';

export interface QueryAppservicesPorts {
  readonly registry: Pick<AppserviceRegistry, 'all'>;
  readonly requests: Pick<AppserviceRequests, 'queryUser' | 'queryAlias'>;
}

/** So many users are made for one request; whoever is beyond that comes when they are told of the event. */
const MAX_MADE = 10;

/**
 * Asks application services whether they have, or now make, users and aliases of their namespaces that are not there
 * (https://spec.matrix.org/v1.19/application-service-api/#querying). Who asks for what is its own is not asked back.
 */
export class QueryAppservices {
  readonly #ports: QueryAppservicesPorts;

  constructor(ports: QueryAppservicesPorts) {
    this.#ports = ports;
  }

  /** Has those of the users made who are not there, as far as somebody makes them. Whoever is in no namespace costs nothing. */
  async ensureUsers(
    userIds: readonly string[],
    users: Pick<UserRepository, 'findProfiles'>,
    askedBy?: string,
  ): Promise<void> {
    const all = this.#ports.registry.all();
    const covered = userIds.filter((userId) => all.some((appservice) => appservice.coversUser(userId)));
    if (covered.length === 0) return;
    const there = await users.findProfiles(covered);
    const missing = covered.filter((userId) => !there.has(userId)).slice(0, MAX_MADE);
    await Promise.all(missing.map((userId) => this.makesUser(userId, askedBy)));
  }

  /** Whether a user of a hosted server is worth looking for again. */
  makesUser(userId: string, askedBy?: string): Promise<boolean> {
    const { requests } = this.#ports;
    return this.#ask(
      (appservice) => appservice.coversUser(userId),
      (id) => requests.queryUser(id, userId),
      askedBy,
    );
  }

  /** Whether an alias of a hosted server is. */
  makesAlias(alias: string, askedBy?: string): Promise<boolean> {
    const { requests } = this.#ports;
    return this.#ask(
      (appservice) => appservice.coversAlias(alias),
      (id) => requests.queryAlias(id, alias),
      askedBy,
    );
  }

  /** One after the other, until one has it. */
  async #ask(
    isAsked: (appservice: Appservice) => boolean,
    query: (id: string) => Promise<AppserviceQueryOutcome>,
    askedBy: string | undefined,
  ): Promise<boolean> {
    for (const appservice of this.#ports.registry.all()) {
      const { id, url } = appservice;
      if (url === null || id === askedBy || !isAsked(appservice)) continue;
      if ((await query(id)) === 'exists') return true;
    }
    return false;
  }
}
