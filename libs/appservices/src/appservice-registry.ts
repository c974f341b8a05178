import type { Clock } from '@plexus/matrix-base';
import type { AppserviceRecord, Appservices, HostedServers } from '@plexus/storage';
import { Appservice } from './appservice.ts';

/**
 * What a process knows of the application services: as fresh as `Appservices`, asked without I/O. What is made of a record is made once, and kept
 * for as long as the record is the same.
 */
export class AppserviceRegistry {
  readonly #appservices: Appservices;
  readonly #hosted: Pick<HostedServers, 'isHosted'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #made = new WeakMap<AppserviceRecord, Appservice>();
  #index: Index = { list: [], all: [], byId: new Map(), byToken: new Map() };

  constructor(appservices: Appservices, hosted: Pick<HostedServers, 'isHosted'>, clock: Pick<Clock, 'now'>) {
    this.#appservices = appservices;
    this.#hosted = hosted;
    this.#clock = clock;
  }

  /** In the order of their ids. The same list as before where nothing has changed, and the same object where that one has not. */
  all(): readonly Appservice[] {
    return this.#current().all;
  }

  /** Another number with every change. The hosted servers, of which it knows nothing, change on their own. */
  get revision(): number {
    return this.#appservices.revision;
  }

  /** Returns how to stop that. */
  onChange(listener: () => void): () => void {
    return this.#appservices.onChange(listener);
  }

  find(id: string): Appservice | undefined {
    return this.#current().byId.get(id);
  }

  /** By the SHA-256 of a token that it has now, or that was replaced and has not expired. */
  findByToken(tokenHash: Buffer): Appservice | undefined {
    const { byToken } = this.#current();
    if (byToken.size === 0) return undefined;
    const found = byToken.get(keyOf(tokenHash));
    if (found?.expiresAt !== undefined && found.expiresAt <= this.#clock.now()) return undefined;
    return found?.appservice;
  }

  /** Whether an application service, other than this one, has the user for itself. */
  isHeldUser(userId: string, exceptId?: string): boolean {
    return this.all().some((appservice) => appservice.id !== exceptId && appservice.holdsUser(userId));
  }

  /** Whether an application service acts as this user where it names nobody. */
  isSender(userId: string): boolean {
    return this.all().some((appservice) => appservice.isSender(userId));
  }

  /** Whether an application service, other than this one, has the alias for itself. */
  isHeldAlias(alias: string, exceptId?: string): boolean {
    return this.all().some((appservice) => appservice.id !== exceptId && appservice.holdsAlias(alias));
  }

  #current(): Index {
    const list = this.#appservices.list();
    if (list !== this.#index.list) this.#index = this.#indexOf(list);
    return this.#index;
  }

  #indexOf(list: readonly AppserviceRecord[]): Index {
    const all = list.map((record) => this.#make(record));
    const tokens = all.flatMap((appservice) =>
      appservice.tokens.map(({ tokenHash, expiresAt }) => [keyOf(tokenHash), { appservice, expiresAt }] as const),
    );
    return { list, all, byId: new Map(all.map((one) => [one.id, one])), byToken: new Map(tokens) };
  }

  #make(record: AppserviceRecord): Appservice {
    let appservice = this.#made.get(record);
    if (appservice === undefined) {
      appservice = new Appservice(record, this.#hosted);
      this.#made.set(record, appservice);
    }
    return appservice;
  }
}

interface Index {
  readonly list: readonly AppserviceRecord[];
  readonly all: readonly Appservice[];
  readonly byId: ReadonlyMap<string, Appservice>;
  readonly byToken: ReadonlyMap<string, { readonly appservice: Appservice; readonly expiresAt: number | undefined }>;
}

function keyOf(tokenHash: Buffer): string {
  return tokenHash.toString('latin1');
}
