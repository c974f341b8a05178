import { localpartOf, searchWordsOf } from '@plexus/matrix-base';
import type { FoundUser, Nearness, UserDirectoryReader, UserSearch } from '@plexus/storage';
import type { FakeAccounts } from './fake-accounts.ts';

/** The user directory over `FakeAccounts`; who is near, and in which public rooms, a test says. */
export class FakeUserDirectory implements UserDirectoryReader {
  readonly nearness = new Map<string, Nearness>();
  readonly #accounts: FakeAccounts;

  constructor(accounts: FakeAccounts) {
    this.#accounts = accounts;
  }

  async searchUsers({ userId, words, limit }: UserSearch): Promise<FoundUser[]> {
    const found = [...this.#accounts.users.values()].filter((user) => !user.isDeactivated && user.userId !== userId);
    const fitting = found.filter((user) => {
      const known = searchWordsOf(`${localpartOf(user.userId)} ${user.displayName ?? ''}`);
      return words.length > 0 && words.every((word) => known.some((other) => other.startsWith(word)));
    });
    const users = fitting.map(({ userId: id, displayName, avatarUrl }) => {
      return { userId: id, isRemote: false, displayName, avatarUrl, ...this.#nearnessOf(id) };
    });
    return users.filter(({ isNear, publicRooms }) => isNear || publicRooms.length > 0).slice(0, limit);
  }

  async findNearness(_userId: string, otherId: string): Promise<Nearness> {
    return this.#nearnessOf(otherId);
  }

  async findRemoteNearness(_userId: string, otherId: string): Promise<Nearness> {
    return this.#nearnessOf(otherId);
  }

  #nearnessOf(userId: string): Nearness {
    return this.nearness.get(userId) ?? { isNear: false, publicRooms: [] };
  }
}
