import type { PresenceStatusRepository } from '@plexus/storage';

/** What users say of themselves, in memory; every user is there. */
export class FakePresenceStatuses implements PresenceStatusRepository {
  readonly #messages = new Map<string, string>();

  async findStatus(userId: string): Promise<string | undefined> {
    return this.#messages.get(userId);
  }

  async storeStatus(userId: string, message: string | undefined): Promise<void> {
    if (message === undefined) this.#messages.delete(userId);
    else this.#messages.set(userId, message);
  }
}
