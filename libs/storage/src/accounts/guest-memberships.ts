/** Finds the rooms that guests are in. Throws `StorageError`. */
export interface GuestMembershipReader {
  /** Rooms that guests have joined, in order; `after` is exclusive. */
  listGuestRooms(page: { readonly after: string; readonly limit: number }): Promise<string[]>;
  /** Guests who are in a room, in order; `after` is exclusive. */
  listGuests(roomId: string, page: { readonly after: string; readonly limit: number }): Promise<string[]>;
}
