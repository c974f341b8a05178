import { findServerName } from '@plexus/matrix-base';
import type { Appservice } from '@plexus/appservices';
import { LRUCache } from 'lru-cache';

export interface InterestedAppservicesPorts {
  readonly registry: { all(): readonly Appservice[] };
  /** The same list as before where no hosted server has changed. */
  hostedServers(): readonly unknown[];
  isHosted(serverName: string): boolean;
}

const MOST_USERS = 50_000;
const NOBODY: readonly Appservice[] = [];

/** Which application services have to do with a user: only with hosted ones. What a name comes to is remembered until a registration or a hosted server changes. */
export class InterestedAppservices {
  readonly #ports: InterestedAppservicesPorts;
  readonly #ofUsers = new LRUCache<string, readonly Appservice[]>({ max: MOST_USERS });
  #all: readonly Appservice[] = [];
  #hosted: readonly unknown[] = [];
  #sent: readonly Appservice[] = [];
  #byId: ReadonlyMap<string, Appservice> = new Map();

  constructor(ports: InterestedAppservicesPorts) {
    this.#ports = ports;
  }

  /** Those that are sent anything. The same list as before where nothing has changed. */
  all(): readonly Appservice[] {
    this.#refresh();
    return this.#sent;
  }

  find(id: string): Appservice | undefined {
    this.#refresh();
    return this.#byId.get(id);
  }

  ofUser(userId: string): readonly Appservice[] {
    if (this.all().length === 0) return NOBODY;
    const known = this.#ofUsers.get(userId);
    if (known !== undefined) return known;
    const isHosted = this.#ports.isHosted(findServerName(userId) ?? '');
    const found = isHosted ? this.#sent.filter((appservice) => appservice.coversUser(userId)) : NOBODY;
    this.#ofUsers.set(userId, found.length === 0 ? NOBODY : found);
    return found;
  }

  #refresh(): void {
    const hosted = this.#ports.hostedServers();
    if (hosted !== this.#hosted) this.#ofUsers.clear();
    this.#hosted = hosted;
    const all = this.#ports.registry.all();
    if (all === this.#all) return;
    this.#all = all;
    this.#sent = all.filter(({ settings }) => settings.url !== undefined);
    this.#byId = new Map(this.#sent.map((appservice) => [appservice.id, appservice]));
    this.#ofUsers.clear();
  }
}
