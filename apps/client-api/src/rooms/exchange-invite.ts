import type { ThirdPartySigned } from '@plexus/matrix-api';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import { exchangeInvite } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import type { RoomState } from '@plexus/room-view';
import type { RoomWriter } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers, RoomReader } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { errorOfAnswer } from '../federation/remote-error.ts';
import { requireStateKey } from './check-identifiers.ts';
import { encodeContent } from './proto-event.ts';
import { errorOfReply } from './room-commands.ts';

export interface ExchangeInvitePorts {
  readonly writer: RoomWriter;
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly states: Pick<RoomState, 'find'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly random: RandomSource;
}

/**
 * Makes an invite of a third-party one, for who joins with what an identity server signed
 * (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3joinroomidoralias). The inviting user's server alone can sign it; whether the
 * signature fits the room's `m.room.third_party_invite` is for the authorization rules to say.
 */
export class ExchangeInvite {
  readonly #ports: ExchangeInvitePorts;

  constructor(ports: ExchangeInvitePorts) {
    this.#ports = ports;
  }

  /** Who is in the room already stays so. Throws 403 where the invite is somebody else's or there is none, and what another server says. */
  async execute({ userId, serverName }: Requester, roomId: string, signed: ThirdPartySigned): Promise<void> {
    const { sender, mxid, token } = signed;
    requireStateKey(token);
    if (mxid !== userId) throw new MatrixError('M_FORBIDDEN', 403, 'The invite is somebody else’s');
    const destination = serverNameOf(sender);
    if (this.#ports.servers.isHosted(destination)) return this.#inviteHere(roomId, signed);
    const invite = { roomId, sender, targetUserId: userId, signed: { ...signed }, displayName: '' };
    const answer = await exchangeInvite(this.#ports.remoteServers, { origin: serverName, destination }, invite);
    if (answer.outcome !== 'ok') throw errorOfAnswer(answer, destination);
  }

  async #inviteHere(roomId: string, signed: ThirdPartySigned): Promise<void> {
    const { sender, mxid: targetUserId, token } = signed;
    const reply = await this.#ports.writer.execute({
      commandId: newRandomId(this.#ports.random),
      roomId,
      command: {
        $case: 'changeMembership',
        value: {
          sender,
          senderDeviceId: '',
          targetUserId,
          membership: 'invite',
          // @NOTE All that the identity server signed, known here or not: else its signature is none.
          content: encodeContent({
            third_party_invite: { display_name: await this.#findName(roomId, token), signed: { ...signed } },
          }),
          // @NOTE The rules would let such an invite put out somebody who is in the room.
          onlyFrom: ['leave', 'knock', 'invite'],
        },
      },
    });
    if (reply.$case === 'stored') return;
    if (reply.$case !== 'refused' || reply.value.rule !== 'member.only_from') throw errorOfReply(reply);
  }

  /** What the invited user is called in the third-party invite. */
  async #findName(roomId: string, stateKey: string): Promise<string> {
    const room = await this.#ports.rooms.findRoom(roomId);
    const key = { type: 'm.room.third_party_invite', stateKey };
    const name = room && (await this.#ports.states.find(room, room.currentRoot, key))?.content['display_name'];
    return typeof name === 'string' ? name : '';
  }
}
