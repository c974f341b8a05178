import type { UserProfile, UserRepository } from '@plexus/storage';

type Profiles = Pick<UserRepository, 'findProfiles'>;

interface Asked {
  readonly userIds: readonly string[];
  readonly done: (profiles: Map<string, UserProfile>) => void;
  readonly failed: (error: unknown) => void;
}

/** Reads the profiles for all who ask in the same turn with one question: many who join at once have little else to ask for. */
export class GatheredProfiles implements Profiles {
  readonly #users: Profiles;
  #asked: Asked[] = [];

  constructor(users: Profiles) {
    this.#users = users;
  }

  findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>> {
    const { promise, resolve, reject } = Promise.withResolvers<Map<string, UserProfile>>();
    if (this.#asked.length === 0) setImmediate(() => void this.#readTogether());
    this.#asked.push({ userIds, done: resolve, failed: reject });
    return promise;
  }

  async #readTogether(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    try {
      const found = await this.#users.findProfiles([...new Set(asked.flatMap(({ userIds }) => userIds))]);
      for (const { userIds, done } of asked) done(only(found, userIds));
    } catch (error) {
      for (const { failed } of asked) failed(error);
    }
  }
}

function only(found: ReadonlyMap<string, UserProfile>, userIds: readonly string[]): Map<string, UserProfile> {
  return new Map(
    userIds.flatMap((userId) => {
      const profile = found.get(userId);
      return profile === undefined ? [] : [[userId, profile] as const];
    }),
  );
}
