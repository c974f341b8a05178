import type { TypingRooms } from '../ephemeral/typing-rooms.ts';
import type { ReceiptsReader } from './receipts.ts';
import type { RoomTask } from './room-task.ts';

/** Reads the events of a room that are not of its timeline (https://spec.matrix.org/v1.19/client-server-api/#ephemeral-events), as JSON. */
export class EphemeralReader {
  readonly #typing: TypingRooms;
  readonly #receipts: ReceiptsReader;

  constructor(typing: TypingRooms, receipts: ReceiptsReader) {
    this.#typing = typing;
    this.#receipts = receipts;
  }

  /** What the client does not have; where the room is new to it, what there is. */
  async read(task: RoomTask, { isNew }: { readonly isNew: boolean }): Promise<string[]> {
    const typing = this.#readTyping(task, isNew);
    const receipts = await this.#receipts.read(task, { isNew });
    return typing === undefined ? receipts : [typing, ...receipts];
  }

  #readTyping({ request, room, ephemeralSince, settings }: RoomTask, isNew: boolean): string | undefined {
    const users = this.#typing.find(room.roomId, settings.ignored);
    const isTold = isNew ? users?.userIds.length === 0 : (users?.changedAt ?? 0) <= ephemeralSince;
    if (users === undefined || isTold || !request.filter.matchesEphemeral(room.roomId, 'm.typing')) return undefined;
    return JSON.stringify({ type: 'm.typing', content: { user_ids: users.userIds } });
  }
}
