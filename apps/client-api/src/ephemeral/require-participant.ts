import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import { compileServerAcl } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { RoomRecord } from '@plexus/storage';
import type { ReadRoomAccess } from '../reading/room-access.ts';

/** Who may take part in a room without sending events: users who are joined, of a server that the room's server ACL does not deny. */
export class RequireParticipant {
  readonly #access: Pick<ReadRoomAccess, 'execute'>;
  readonly #states: Pick<RoomState, 'find'>;

  constructor(access: Pick<ReadRoomAccess, 'execute'>, states: Pick<RoomState, 'find'>) {
    this.#access = access;
    this.#states = states;
  }

  /** Throws 403 `M_FORBIDDEN`, as other servers would refuse what comes from a server that the room denies. */
  async execute(userId: string, roomId: string): Promise<RoomRecord> {
    const { room, kind, root } = await this.#access.execute(userId, roomId);
    if (kind !== 'joined') throw new MatrixError('M_FORBIDDEN', 403, `User ${userId} not in room ${roomId}`);
    const acl = await this.#states.find(room, root, { type: 'm.room.server_acl', stateKey: '' });
    if (compileServerAcl(acl?.content).allows(serverNameOf(userId))) return room;
    throw new MatrixError('M_FORBIDDEN', 403, 'The server ACL of the room denies your server');
  }
}
