import type { RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { PublishedRoomRepository } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { executeCommand } from '../rooms/room-commands.ts';

export interface PublishRoomPorts {
  readonly writer: RoomWriter;
  readonly published: Pick<PublishedRoomRepository, 'publishRoom'>;
  readonly random: RandomSource;
}

/** Puts a room into the directory of a hosted server. */
export class PublishRoom {
  readonly #ports: PublishRoomPorts;

  constructor(ports: PublishRoomPorts) {
    this.#ports = ports;
  }

  /**
   * The room's owner is told first, so that a published room always has a summary that is kept up to date; a crash in between leaves a summary of no
   * use, which does no harm.
   */
  async execute(serverName: string, roomId: string): Promise<void> {
    const { writer, published, random } = this.#ports;
    await executeCommand(writer, {
      commandId: newRandomId(random),
      roomId,
      command: { $case: 'listRoom', value: {} },
    });
    await published.publishRoom(serverName, roomId);
  }
}
