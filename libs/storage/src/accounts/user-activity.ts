/**
 * Who of hosted servers' users was active of late: a device of theirs made a request, or synced, within 30 days. Throws `StorageError` where Postgres
 * fails.
 */
export interface UserActivityReader {
  isActive(userId: string): Promise<boolean>;
  /**
   * How many active users a server has, at most `most`. Guests, bots and users of application services do not count, nor do those that are left out,
   * whom the caller counts.
   */
  countActive(
    serverName: string,
    selection: { readonly except: readonly string[]; readonly most: number },
  ): Promise<number>;
}
