import { serverNameOf } from '@plexus/matrix-base';
import type { ServerRemoval, ServerRemovalProgress, ServerRemovalRepository } from '@plexus/storage';
import type { FakeAccounts } from './fake-accounts.ts';
import type { FakeHostedServers } from './fake-hosted-servers.ts';

/** The removals of hosted servers in memory. Claims last until `expireClaims`. */
export class FakeServerRemovals implements ServerRemovalRepository {
  readonly #accounts: FakeAccounts;
  readonly #servers: FakeHostedServers;
  readonly #removals = new Map<string, ServerRemoval>();
  readonly #claims = new Map<string, string>();
  #lastClaim = 0;

  constructor(accounts: FakeAccounts, servers: FakeHostedServers) {
    this.#accounts = accounts;
    this.#servers = servers;
  }

  expireClaims(): void {
    this.#claims.clear();
  }

  async startRemoval(serverName: string, jobId: string): Promise<ServerRemoval> {
    const underWay = this.#unfinished().find((removal) => removal.serverName === serverName);
    if (underWay !== undefined) return underWay;
    const usersTotal = await this.#accounts.countUsers(serverName);
    const progress = {
      usersDone: 0,
      refusedDepartures: 0,
      roomsLeft: undefined,
      lastUserId: undefined,
      lastError: undefined,
    };
    const removal = {
      jobId,
      serverName,
      step: 'users' as const,
      usersTotal,
      ...progress,
      startedAt: 0,
      finishedAt: undefined,
    };
    this.#removals.set(jobId, removal);
    return removal;
  }

  async findRemoval(jobId: string): Promise<ServerRemoval | undefined> {
    return this.#removals.get(jobId);
  }

  async claimRemoval(): Promise<{ removal: ServerRemoval; claim: string } | undefined> {
    const removal = this.#unfinished().find(({ jobId }) => !this.#claims.has(jobId));
    if (removal === undefined) return undefined;
    const claim = `claim ${++this.#lastClaim}`;
    this.#claims.set(removal.jobId, claim);
    return { removal, claim };
  }

  async recordProgress(claim: string, progress: ServerRemovalProgress): Promise<boolean> {
    const removal = this.#unfinished().find(({ jobId }) => this.#claims.get(jobId) === claim);
    if (removal === undefined) return false;
    const finishedAt = progress.step === 'done' ? 1 : undefined;
    this.#removals.set(removal.jobId, { ...removal, lastError: undefined, ...progress, finishedAt });
    return true;
  }

  async removeUserRows(userId: string): Promise<void> {
    await this.#accounts.removeDevices(userId);
  }

  async removeServerRows(serverName: string): Promise<void> {
    for (const userId of this.#accounts.users.keys()) {
      if (serverNameOf(userId) === serverName) this.#accounts.users.delete(userId);
    }
    this.#servers.remove(serverName);
  }

  #unfinished(): ServerRemoval[] {
    return [...this.#removals.values()].filter((removal) => removal.finishedAt === undefined);
  }
}
