import type { SigningKey } from '@plexus/matrix-base';

/**
 * `active`: open for its users. `suspended`: its users' requests are refused, its rooms go on. `removing`: as suspended, while a job
 * deactivates its users and removes its rows.
 */
export type HostedServerStatus = 'active' | 'suspended' | 'removing';

/** What an operator sets for one hosted server; what is left out is taken from the deployment's configuration. */
export interface HostedServerSettings {
  /** Further `Host` headers under which clients reach this server. */
  readonly aliases?: readonly string[];
  /** The URL of the client API as clients see it. */
  readonly publicBaseUrl?: string;
  readonly registration?: {
    /** Whether anyone may register an account. */
    readonly enabled?: boolean;
    /** Whether anyone may register a guest account. */
    readonly guests?: boolean;
    /** Whether a registration token is needed. */
    readonly requiresToken?: boolean;
    /** Whether a confirmed email address is needed. */
    readonly requiresEmail?: boolean;
  };
  readonly email?: {
    /** The sender of mails to users. */
    readonly from?: string;
  };
  readonly rateLimits?: HostedServerRateLimits;
  readonly retention?: {
    /** Whether messages expire at all. */
    readonly isEnabled?: boolean;
    /** How long they are kept in rooms that ask for nothing. */
    readonly maxLifetimeMs?: number;
  };
  readonly presence?: {
    /** Whether its users see who is online, and are seen. */
    readonly enabled?: boolean;
  };
  readonly federation?: {
    /** Whether anything is exchanged with other servers. */
    readonly isEnabled?: boolean;
    /** Patterns of server names: with whom alone there is federation. */
    readonly allow?: readonly string[];
    /** Patterns of server names: with whom there is none. */
    readonly deny?: readonly string[];
  };
  readonly serverNotices?: HostedServerNotices;
  readonly usageLimit?: {
    readonly isEnabled?: boolean;
    readonly monthlyActiveUsers?: number;
    /** Whether users are told that the limit is reached. */
    readonly alerts?: boolean;
    readonly adminContact?: string;
  };
  readonly quotas?: HostedServerQuotas;
  readonly wellKnown?: {
    /** Whether the documents are served. */
    readonly enabled?: boolean;
    /** Where other servers connect, as `host:port`. */
    readonly server?: string;
    readonly support?: HostedServerSupport;
  };
  /** The policy server under this server's name: another program, which rooms may choose. */
  readonly policyServer?: {
    /** By which it recommends events; in Base64. */
    readonly publicKey?: string;
    /** Where rooms' owners here reach it, as `host:port`. */
    readonly address?: string;
  };
}

/** How much of what all hosted servers share this one may use; nothing: as much as there is. */
export interface HostedServerQuotas {
  /** Accounts that are not deactivated. */
  readonly users?: number;
  /** Of the events that are stored for it. */
  readonly eventBytes?: number;
  /** Of requests and answers since the first of the month. */
  readonly monthlyTrafficBytes?: number;
}

/** What is told to users of the server, and how it looks. */
export interface HostedServerNotices {
  readonly enabled?: boolean;
  readonly displayName?: string;
  readonly avatarUrl?: string;
  readonly roomName?: string;
  readonly roomAvatarUrl?: string;
  readonly roomTopic?: string;
  /** Whether users are in the room at once. */
  readonly autoJoin?: boolean;
  readonly language?: string;
  /** By language. */
  readonly translations?: Readonly<Record<string, NoticeWords>>;
}

/** The words of one language. */
export interface NoticeWords {
  readonly displayName?: string;
  readonly roomName?: string;
  readonly roomTopic?: string;
  /** What users are told when the server has more active users than it may have. */
  readonly usageLimit?: string;
}

/** How users reach the administrators (https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport). */
export interface HostedServerSupport {
  readonly contacts?: readonly {
    readonly role: string;
    readonly matrixId?: string;
    readonly emailAddress?: string;
  }[];
  readonly supportPage?: string;
}

/** What is limited otherwise than in the rest of the deployment. */
export interface HostedServerRateLimits {
  /** Whether there are limits at all. */
  readonly enabled?: boolean;
  /** By what is limited: a bucket of `burst` that fills again at `perSecond`. */
  readonly sizes?: Readonly<Record<string, { readonly perSecond: number; readonly burst: number }>>;
}

export interface HostedServer {
  readonly serverName: string;
  readonly status: HostedServerStatus;
  readonly settings: HostedServerSettings;
  /** `configuration`: its settings are those of the configuration file, written again at each start. */
  readonly origin: 'configuration' | 'admin-api';
  /** Raised with each change. */
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * The set of hosted servers: what answers "is this ours?". Looked up synchronously in the process's own copy, which follows a
 * change made here at once and one made in another process within a second.
 */
export interface HostedServers {
  /** Nothing where the server is not hosted here. Names are compared exactly. */
  find(serverName: string): HostedServer | undefined;
  /** Whether users, aliases and events of this server are ours, whatever its status. */
  isHosted(serverName: string): boolean;
  /** In the order of their names. The same list as before where nothing has changed. */
  list(): readonly HostedServer[];
}

/**
 * How long a process may sign without having heard whether its keys are still those to sign with, in milliseconds: longer than the accounts database
 * is away in most outages, so that rooms go on. A key that was replaced stays valid for twice as long, because somebody may sign with it.
 */
export const SIGNER_LEASE_MS = 60 * 60_000;

/** The keys of the hosted servers, as fresh as `HostedServers`. */
export interface HostedServerKeys {
  /**
   * The key that the server signs with now. Nothing where the server is not hosted here. Throws `StorageError` where this process has not
   * been sure for `SIGNER_LEASE_MS` that it is still that one: so a replaced key is used by nobody after that time.
   */
  findSigningKey(serverName: string): SigningKey | undefined;
  /** All keys that the server ever had, the newest first, with those that it announces. Nothing where the server is not hosted here. */
  listKeys(serverName: string): readonly HostedServerKey[] | undefined;
}

/**
 * The public half of a hosted server's key. One that the server had elsewhere, before it was hosted here, is retired and was never active.
 *
 *     announced ──after every process knows it──► active ──replaced, and every signer has followed──► retired
 */
export interface HostedServerKey {
  /** `ed25519:<version>` */
  readonly keyId: string;
  /** Unpadded Base64. */
  readonly publicKey: string;
  /** Since when the server signs with it here, in milliseconds since the epoch. */
  readonly activeSince?: number;
  /** When nobody signed with it any more, in milliseconds since the epoch. */
  readonly retiredAt?: number;
}

/** Whether a key is to be signed with later. */
export function isAnnounced({ activeSince, retiredAt }: HostedServerKey): boolean {
  return activeSince === undefined && retiredAt === undefined;
}

/** Keys that a hosted server signed with before it was hosted here. */
export interface FormerKeys {
  readonly serverName: string;
  readonly keys: readonly {
    /** `ed25519:<version>` */
    readonly keyId: string;
    /** Base64 of 32 bytes. */
    readonly publicKey: string;
    /** Milliseconds since the epoch. */
    readonly expiredAt: number;
  }[];
}

export interface NewHostedServer {
  readonly serverName: string;
  readonly settings: HostedServerSettings;
  readonly origin: HostedServer['origin'];
  /** `ed25519:<version>` */
  readonly keyId: string;
  /** 32 bytes. */
  readonly seed: Uint8Array;
}

export type HostedServerChange = Partial<Pick<HostedServer, 'settings' | 'status' | 'origin'>>;

/** Writes hosted servers. When a method resolves, this process's `HostedServers` and `HostedServerKeys` show the change. */
export interface HostedServerRepository {
  /** Adds a server with its first key; false where it is hosted already, and then nothing changes. */
  addServer(server: NewHostedServer): Promise<boolean>;
  /**
   * Announces a further key; where one is announced already, that one stays the next and nothing changes. Returns the id of the next key;
   * nothing where the server is not hosted here.
   */
  announceKey(key: Pick<NewHostedServer, 'serverName' | 'keyId' | 'seed'>): Promise<string | undefined>;
  /** Makes announced keys those that are signed with: of this server, or of all that were announced longer ago than this. */
  activateKeys(which: { readonly serverName: string } | { readonly announcedMs: number }): Promise<number>;
  /**
   * Has keys from elsewhere published and believed for what they have signed; those that were imported before are as they are given now. False where one of
   * them is a key that was made here, or the server is not hosted here: that one stays as it is.
   */
  importKeys(former: FormerKeys): Promise<boolean>;
  /** Retires the keys of all servers that were replaced longer ago than this; by Postgres's clock. Returns how many. */
  retireKeys(replacedMs: number): Promise<number>;
  /** Nothing where the server is not hosted here. Changing nothing raises no version. */
  changeServer(serverName: string, change: HostedServerChange): Promise<HostedServer | undefined>;
  /** Resolves when every process's `HostedServers` show what was changed before, removals included. */
  spread(): Promise<void>;
}
