/** A regular expression (RE2's syntax) that names begin with; `isExclusive`: nobody else makes such names. */
export interface AppserviceNamespace {
  readonly regex: string;
  readonly isExclusive: boolean;
}

/** https://spec.matrix.org/v1.19/application-service-api/#registration */
export interface AppserviceNamespaces {
  readonly users: readonly AppserviceNamespace[];
  readonly aliases: readonly AppserviceNamespace[];
  readonly rooms: readonly AppserviceNamespace[];
}

/** What a registration says, but for its id and its tokens. */
export interface AppserviceSettings {
  /** Nothing: it is sent nothing and asked nothing. */
  readonly url?: string;
  readonly senderLocalpart: string;
  readonly namespaces: AppserviceNamespaces;
  /** The networks about which it answers questions. */
  readonly protocols: readonly string[];
  /** Whether the users that it acts as are limited in how often they do things; its sender never is. */
  readonly isRateLimited: boolean;
  /** Networks (CIDR) and addresses from which alone its token is accepted; none: from everywhere. */
  readonly ipRangeWhitelist: readonly string[];
  /** Whether it is sent typing, receipts, presence and to-device messages. */
  readonly receivesEphemeral: boolean;
  /** Whether it is sent device lists and counts of one-time keys (MSC3202). */
  readonly receivesDeviceChanges: boolean;
  /** Whether it makes its users' devices itself, and never logs them in (MSC4190). */
  readonly managesDevices: boolean;
}

/** The hosted servers whose users and rooms an application service has to do with. */
export type AppserviceServers = 'all' | readonly string[];

export interface AppserviceToken {
  /** SHA-256 of the `as_token`. */
  readonly tokenHash: Buffer;
  /** Milliseconds since the epoch; nothing: it is the token of now. */
  readonly expiresAt?: number;
}

/** An application service as it is stored. */
export interface AppserviceRecord {
  readonly id: string;
  readonly servers: AppserviceServers;
  readonly settings: AppserviceSettings;
  /** The token of now, and those that it replaced until they expire. */
  readonly tokens: readonly AppserviceToken[];
  /** Goes with every request to it. It is for nobody else's eyes. */
  readonly hsToken: string;
  /** `configuration`: as a file says, which is read again at each start and when it changes. */
  readonly origin: 'configuration' | 'admin-api';
  /** Raised with each change. */
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * The application services of this deployment. Looked up synchronously in the process's own copy, which follows a change made here at
 * once and one made in another process within a second.
 */
export interface Appservices {
  /** In the order of their ids. The same list as before where nothing has changed, and the same record where that one has not. */
  list(): readonly AppserviceRecord[];
  /** Another number with every change. */
  readonly revision: number;
  /** Calls the listener after every change that this process sees; returns how to stop that. */
  onChange(listener: () => void): () => void;
}

export interface NewAppservice extends Pick<AppserviceRecord, 'id' | 'servers' | 'settings' | 'hsToken' | 'origin'> {
  readonly tokenHash: Buffer;
}

/** What is left out stays. */
export interface AppserviceChange {
  readonly servers?: AppserviceServers;
  readonly settings?: AppserviceSettings;
  readonly origin?: AppserviceRecord['origin'];
  readonly hsToken?: string;
  /** A new token; the one of now is good for `overlapMs` longer. */
  readonly token?: { readonly tokenHash: Buffer; readonly overlapMs: number };
}

/** `id-in-use`, `token-in-use`: another application service has it; then nothing changes. */
export type AppserviceStoreOutcome = 'stored' | 'id-in-use' | 'token-in-use' | 'unknown';

/** Writes application services. When a method resolves, this process's `Appservices` show the change. */
export interface AppserviceRepository {
  addAppservice(appservice: NewAppservice): Promise<AppserviceStoreOutcome>;
  /** Changing nothing raises no version. A token that was replaced and comes back is the token of now again. */
  changeAppservice(id: string, change: AppserviceChange): Promise<AppserviceStoreOutcome>;
  /** Takes it and its tokens away; false where there is none. */
  removeAppservice(id: string): Promise<boolean>;
}
