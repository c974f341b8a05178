import type { ExchangeInviteRequest } from '@plexus/matrix-api';
import { ERROR_CODES, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { ErrorCode } from '@plexus/matrix-base';
import type { RemoteRooms } from '@plexus/remote-servers';
import type { RoomState } from '@plexus/room-view';
import type { RoomRecord } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import { invalid } from './check-membership-pdu.ts';

export interface ExchangeInvitePorts {
  readonly door: RoomDoor;
  readonly states: Pick<RoomState, 'findMany'>;
  readonly remoteRooms: Pick<RemoteRooms, 'inviteUser'>;
}

/**
 * Makes an invite of a third-party one that a user of the addressed server sent, now that the identifier is a user's of the server that asks
 * (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1exchange_third_party_inviteroomid). The authorization rules decide whether what
 * the identity server signed fits the room's `m.room.third_party_invite`.
 */
export class ExchangeInvite {
  readonly #ports: ExchangeInvitePorts;

  constructor(ports: ExchangeInvitePorts) {
    this.#ports = ports;
  }

  /** Resolves when the invite is in the room. Throws 400 and 403 for what cannot be one, and as `RoomDoor` does. */
  async execute(parties: Parties, roomId: string, request: ExchangeInviteRequest): Promise<void> {
    const { sender, state_key: targetUserId } = request;
    if (request.room_id !== roomId) throw invalid('The event is of another room');
    const room = await this.#ports.door.forVisitor(parties, roomId);
    if (serverNameOf(sender) !== parties.destination)
      throw forbidden(`The sender is not a user of ${parties.destination}`);
    if (serverNameOf(targetUserId) !== parties.origin)
      throw forbidden(`The invited user is not one of ${parties.origin}`);
    const { signed } = request.content.third_party_invite;
    const displayName = await this.#findInvite(room, { token: signed.token, targetUserId });
    const outcome = await this.#ports.remoteRooms.inviteUser({
      roomId,
      sender,
      targetUserId,
      // @NOTE All that the identity server signed, known here or not: else its signature is none.
      content: { third_party_invite: { display_name: displayName, signed: { ...signed } } },
    });
    if (outcome.outcome === 'done') return;
    const { errcode, httpStatus, error } = outcome;
    throw new MatrixError(
      ERROR_CODES.find((code): code is ErrorCode => code === errcode) ?? 'M_UNKNOWN',
      httpStatus,
      error,
    );
  }

  /** What the invited user is called in the third-party invite. */
  async #findInvite(
    room: RoomRecord,
    { token, targetUserId }: { readonly token: string; readonly targetUserId: string },
  ): Promise<string> {
    const found = await this.#ports.states.findMany(room, room.currentRoot, [
      { type: 'm.room.third_party_invite', stateKey: token },
      { type: 'm.room.member', stateKey: targetUserId },
    ]);
    const invite = found.find(({ type }) => type === 'm.room.third_party_invite');
    if (invite === undefined) throw forbidden('The room has no such invite');
    const member = found.find(({ type }) => type === 'm.room.member');
    if (member?.content['membership'] === 'join') throw forbidden(`${targetUserId} is in the room`);
    const { display_name: displayName } = invite.content;
    return typeof displayName === 'string' ? displayName : '';
  }
}

function forbidden(because: string): MatrixError {
  return new MatrixError('M_FORBIDDEN', 403, because);
}
