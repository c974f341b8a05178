import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { DeadLetter, DeadLetterReader, RowPlace } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { executeCommand } from '../rooms/room-commands.ts';

/** What operators do with inputs that failed and were set aside; what changes them is done by the room's owner. */
export class ManageDeadLetters {
  readonly #reader: DeadLetterReader;
  readonly #writer: RoomWriter;
  readonly #random: RandomSource;

  constructor(reader: DeadLetterReader, writer: RoomWriter, random: RandomSource) {
    this.#reader = reader;
    this.#writer = writer;
    this.#random = random;
  }

  list(page: { readonly after: RowPlace | undefined; readonly limit: number }): Promise<DeadLetter[]> {
    return this.#reader.listDeadLetters(page);
  }

  retry(place: RowPlace): Promise<void> {
    return this.#ask(place, true);
  }

  discard(place: RowPlace): Promise<void> {
    return this.#ask(place, false);
  }

  async #ask({ shard, nid }: RowPlace, retry: boolean): Promise<void> {
    const letter = await this.#reader.findDeadLetter(shard, nid);
    if (letter === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no such dead letter');
    await executeCommand(this.#writer, {
      commandId: newRandomId(this.#random),
      roomId: letter.roomId,
      shard,
      command: { $case: 'deadLetter', value: { deadLetterNid: nid, retry } },
    });
  }
}
