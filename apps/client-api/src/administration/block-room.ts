import type { RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';
import type { RoomBlock, RoomBlockReader } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireRoomId } from '../rooms/check-identifiers.ts';
import { executeCommand } from '../rooms/room-commands.ts';

export interface BlockRoomPorts {
  readonly blocks: RoomBlockReader;
  readonly writer: RoomWriter;
  readonly random: RandomSource;
}

/** Closes rooms to hosted users: an administrator of the deployment to all of them, of a hosted server to that server's. */
export class BlockRoom {
  readonly #ports: BlockRoomPorts;

  constructor(ports: BlockRoomPorts) {
    this.#ports = ports;
  }

  /** The block that holds for the administrator's users, if any. */
  async find({ isDeploymentAdmin, serverName }: Requester, roomId: string): Promise<RoomBlock | undefined> {
    requireRoomId(roomId);
    const blocks = await this.#ports.blocks.findBlocks(roomId);
    return blocks.find((block) => block.serverName === '' || (!isDeploymentAdmin && block.serverName === serverName));
  }

  /** The room need not be known. */
  async set({ isDeploymentAdmin, serverName, userId }: Requester, roomId: string, block: boolean): Promise<void> {
    requireRoomId(roomId);
    const scope = isDeploymentAdmin ? '' : serverName;
    await executeCommand(this.#ports.writer, {
      commandId: newRandomId(this.#ports.random),
      roomId,
      command: { $case: 'blockRoom', value: { serverName: scope, block, blockedBy: userId } },
    });
  }
}
