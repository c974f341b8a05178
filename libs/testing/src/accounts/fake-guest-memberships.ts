import type { GuestMembershipReader, UserRoomReader } from '@plexus/storage';
import type { FakeAccounts } from './fake-accounts.ts';

/** The rooms of guests over `FakeAccounts`. */
export class FakeGuestMemberships implements GuestMembershipReader {
  readonly #accounts: FakeAccounts;
  readonly #userRooms: Pick<UserRoomReader, 'findUserRooms'>;

  constructor(accounts: FakeAccounts, userRooms: Pick<UserRoomReader, 'findUserRooms'>) {
    this.#accounts = accounts;
    this.#userRooms = userRooms;
  }

  async listGuestRooms(page: { readonly after: string; readonly limit: number }): Promise<string[]> {
    return pageOf(
      (await this.#list()).map(({ roomId }) => roomId),
      page,
    );
  }

  async listGuests(roomId: string, page: { readonly after: string; readonly limit: number }): Promise<string[]> {
    const inRoom = (await this.#list()).filter((room) => room.roomId === roomId);
    return pageOf(
      inRoom.map(({ userId }) => userId),
      page,
    );
  }

  async #list(): Promise<{ readonly userId: string; readonly roomId: string }[]> {
    const guests = [...this.#accounts.users.values()].filter(({ isGuest }) => isGuest);
    const rooms = await Promise.all(guests.map(({ userId }) => this.#userRooms.findUserRooms(userId)));
    return rooms.flat().filter(({ membership }) => membership === 'join');
  }
}

function pageOf(texts: readonly string[], { after, limit }: { after: string; limit: number }): string[] {
  const sorted = [...new Set(texts)].sort();
  return sorted.filter((text) => text > after).slice(0, limit);
}
