import type { CacheStoreError } from '@plexus/cache';
import type { ConnectionOptions } from 'node:tls';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Who logs in to Redis. */
export interface RedisLogin {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Where Redis is, and how the one that may be written to is found. */
export type RedisPlace =
  /** One server, or an address that always leads to the right one. */
  | { readonly kind: 'single'; readonly url: string; readonly login?: RedisLogin }
  /** Sentinels say which server is the master of this name. */
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisAddress[];
      readonly masterName: string;
      readonly login?: RedisLogin;
      readonly sentinelLogin?: RedisLogin;
    }
  /** A Redis Cluster, of which these nodes are known. */
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisAddress[]; readonly login?: RedisLogin };

export interface RedisConnection {
  readonly place: RedisPlace;
  /** Asked before each connection after the first: who logs in may have another password by then. Only that counts of what it says. */
  readonly placeByThen?: (() => RedisPlace) | undefined;
  /** How long a command may take, in milliseconds, before the caller goes on without it. */
  readonly commandTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Of all connections, those to Sentinels included. */
  readonly tls?: ConnectionOptions;
  /** Redis, or a Sentinel, does not let this login listen: what it would tell is heard late, or of others. It is asked again all the time. */
  readonly notHeard?: (error: CacheStoreError) => void;
}
