/** What was done for a hosted server. */
export interface ServerUse {
  /** Of clients and of other servers, by HTTP. */
  readonly requests: number;
  /** Of the bodies of these requests, and of their answers. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Stored for it: sent by its users, or received for it. */
  readonly events: number;
  readonly eventBytes: number;
  /** To other servers. */
  readonly transactions: number;
  readonly sentEvents: number;
}

export interface ServerUseRecord {
  readonly serverName: string;
  /** Since the first of the month, in UTC. */
  readonly month: ServerUse;
  /** Since it is counted. */
  readonly total: ServerUse;
}

/** Any app adds what it has counted, now and then and for many servers at once. */
export interface ServerUseCounter {
  /** What is counted for a server that is not hosted here is dropped. */
  addUse(uses: ReadonlyMap<string, ServerUse>): Promise<void>;
}

/** Accounts and rooms of a hosted server. */
export interface ServerAccounts {
  readonly serverName: string;
  /** Those that are not deactivated, guests included; application services' users are `bridged`. */
  readonly users: number;
  readonly guests: number;
  readonly bridged: number;
  readonly deactivated: number;
  /** As they were last counted, which happens where somebody wants to know. */
  readonly counted:
    | {
        readonly at: number;
        readonly monthlyActiveUsers: number;
        readonly dailyActiveUsers: number;
        readonly rooms: number;
      }
    | undefined;
}

export interface ServerUseReader {
  /** Of each of the servers; counted now, which takes the longer the more users they have. */
  countAccounts(serverNames: readonly string[]): Promise<ServerAccounts[]>;
  /** Of those of the servers for which anything was counted. */
  findUse(serverNames: readonly string[]): Promise<ServerUseRecord[]>;
}
