import { inspect } from 'node:util';
import { findServerName, localpartOf } from '@plexus/matrix-base';
import type {
  AppserviceNamespace,
  AppserviceRecord,
  AppserviceSettings,
  HostedServer,
  HostedServers,
} from '@plexus/storage';
import { compileNamespace } from './namespaces/namespace.ts';
import type { Namespace } from './namespaces/namespace.ts';
import { compileNetworks } from './networks/networks.ts';

/** An application service, ready to be asked what it has to do with. However it is printed, its tokens are not. */
export class Appservice {
  readonly id: string;
  readonly settings: AppserviceSettings;
  readonly servers: AppserviceRecord['servers'];
  readonly origin: AppserviceRecord['origin'];
  readonly version: number;
  readonly createdAt: number;
  readonly #record: AppserviceRecord;
  readonly #hosted: Pick<HostedServers, 'isHosted'>;
  readonly #named: ReadonlySet<string> | undefined;
  readonly #isListed: (address: string) => boolean;
  #compiled: { readonly users: Namespace[]; readonly aliases: Namespace[]; readonly rooms: Namespace[] } | undefined;

  constructor(record: AppserviceRecord, hosted: Pick<HostedServers, 'isHosted'>) {
    this.id = record.id;
    this.settings = record.settings;
    this.servers = record.servers;
    this.origin = record.origin;
    this.version = record.version;
    this.createdAt = record.createdAt;
    this.#record = record;
    this.#hosted = hosted;
    this.#named = record.servers === 'all' ? undefined : new Set(record.servers);
    this.#isListed = compileNetworks(record.settings.ipRangeWhitelist);
  }

  /** Nothing is sent to it and asked of it where this is null. */
  get url(): string | null {
    return this.settings.url ?? null;
  }

  get protocols(): readonly string[] {
    return this.settings.protocols;
  }

  /** What it has to be sent with each request. */
  get hsToken(): string {
    return this.#record.hsToken;
  }

  get tokens(): AppserviceRecord['tokens'] {
    return this.#record.tokens;
  }

  /** Whether a server is hosted here, and it has to do with that one's users. */
  serves(serverName: string): boolean {
    return (this.#named === undefined || this.#named.has(serverName)) && this.#hosted.isHosted(serverName);
  }

  /** The names of so many hosted servers, at most, that it has to do with: of one that names its own, the others are not looked at. */
  firstServed(all: readonly Pick<HostedServer, 'serverName'>[], most: number): string[] {
    if (this.#named === undefined) return all.slice(0, most).map(({ serverName }) => serverName);
    return [...this.#named].filter((serverName) => this.#hosted.isHosted(serverName)).slice(0, most);
  }

  /** Whether requests with its token are taken from this address. */
  allowsAddress(address: string): boolean {
    return this.settings.ipRangeWhitelist.length === 0 || this.#isListed(address);
  }

  /** The user as whom it acts where it names none. */
  senderOn(serverName: string): string {
    return `@${this.settings.senderLocalpart}:${serverName}`;
  }

  isSender(userId: string): boolean {
    return localpartOf(userId) === this.settings.senderLocalpart && this.#servesNameOf(userId);
  }

  /** Whether a user is its sender or in one of its namespaces. Of users of other servers the namespaces say nothing. */
  coversUser(userId: string): boolean {
    if (!this.#servesNameOf(userId)) return false;
    return this.isSender(userId) || isIncluded(this.#namespaces.users, userId);
  }

  coversAlias(alias: string): boolean {
    return this.#servesNameOf(alias) && isIncluded(this.#namespaces.aliases, alias);
  }

  /** Rooms are matched by their ids alone, whichever server made them. */
  coversRoom(roomId: string): boolean {
    return isIncluded(this.#namespaces.rooms, roomId);
  }

  /** Whether nobody else may make this user: its sender is always its own. */
  holdsUser(userId: string): boolean {
    if (!this.#servesNameOf(userId)) return false;
    return this.isSender(userId) || isIncluded(this.#namespaces.users.filter(isExclusive), userId);
  }

  /** Whether nobody else may make or remove this alias. */
  holdsAlias(alias: string): boolean {
    return this.#servesNameOf(alias) && isIncluded(this.#namespaces.aliases.filter(isExclusive), alias);
  }

  toString(): string {
    return `Appservice(${this.id})`;
  }

  toJSON(): object {
    const { id, servers, settings, origin, version } = this;
    return { id, servers, settings, origin, version, as_token: '<redacted>', hs_token: '<redacted>' };
  }

  [inspect.custom](): object {
    return this.toJSON();
  }

  get #namespaces(): { readonly users: Namespace[]; readonly aliases: Namespace[]; readonly rooms: Namespace[] } {
    this.#compiled ??= {
      users: compile(this.settings.namespaces.users),
      aliases: compile(this.settings.namespaces.aliases),
      rooms: compile(this.settings.namespaces.rooms),
    };
    return this.#compiled;
  }

  #servesNameOf(identifier: string): boolean {
    const serverName = findServerName(identifier);
    return serverName !== undefined && this.serves(serverName);
  }
}

function compile(namespaces: readonly AppserviceNamespace[]): Namespace[] {
  return namespaces.map(compileNamespace);
}

function isExclusive(namespace: Namespace): boolean {
  return namespace.isExclusive;
}

function isIncluded(namespaces: readonly Namespace[], name: string): boolean {
  return namespaces.some((namespace) => namespace.includes(name));
}
