import type { AccountDeactivation, AccountDeactivationRepository, UserRepository } from '@plexus/storage';

/** Deactivations in memory. A claim lasts until `expireClaims`. */
export class FakeAccountDeactivations implements AccountDeactivationRepository {
  readonly finished: string[] = [];
  readonly #users: UserRepository;
  readonly #jobs = new Map<string, { deactivation: AccountDeactivation; claim: string | undefined }>();
  #lastClaim = 0;

  constructor(users: UserRepository) {
    this.#users = users;
  }

  async startDeactivation(deactivation: AccountDeactivation): Promise<readonly Buffer[]> {
    const user = await this.#users.findUser(deactivation.userId);
    if (user?.isDeactivated === false) this.#jobs.set(deactivation.userId, { deactivation, claim: undefined });
    return this.#users.deactivateUser(deactivation.userId);
  }

  async claimDeactivation(): Promise<{ deactivation: AccountDeactivation; claim: string } | undefined> {
    const [userId, job] = [...this.#jobs].find(([, { claim }]) => claim === undefined) ?? [];
    if (userId === undefined || job === undefined) return undefined;
    this.#lastClaim += 1;
    const claim = String(this.#lastClaim);
    this.#jobs.set(userId, { ...job, claim });
    return { deactivation: job.deactivation, claim };
  }

  async renewClaim(claim: string): Promise<boolean> {
    return [...this.#jobs.values()].some((job) => job.claim === claim);
  }

  async finishDeactivation(claim: string, userId: string): Promise<void> {
    if (this.#jobs.get(userId)?.claim !== claim) return;
    this.#jobs.delete(userId);
    this.finished.push(userId);
  }

  expireClaims(): void {
    for (const [userId, job] of this.#jobs) this.#jobs.set(userId, { ...job, claim: undefined });
  }
}
