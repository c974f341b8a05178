import type { OnBindRequest } from '@plexus/matrix-api';
import { encodeCanonicalJson, MatrixError, serverNameOf } from '@plexus/matrix-base';
import { exchangeInvite } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import type { RoomState } from '@plexus/room-view';
import type { HostedServers, RoomReader, UserRepository } from '@plexus/storage';
import type { StoredAccountSettings } from '@plexus/user-streams';
import type { OriginSlots } from '../rooms/origin-slots.ts';
import type { RoomOwners } from './room-owners.ts';

export interface TakeBoundInvitesPorts {
  readonly servers: Pick<HostedServers, 'find'>;
  readonly users: Pick<UserRepository, 'findUser'>;
  readonly settings: Pick<StoredAccountSettings, 'find'>;
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly states: Pick<RoomState, 'find'>;
  readonly owners: Pick<RoomOwners, 'changeMembership'>;
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly slots: OriginSlots;
}

type BoundInvite = OnBindRequest['invites'][number];

/** So many invites wait for one identifier at most; what goes beyond is left out. */
const MOST_INVITES = 100;
const AT_ONCE = 5;
const ANYBODY = '';

/**
 * A third-party identifier is a hosted user's now, and invites wait for it (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv13pidonbind).
 * The inviting server makes each a proper one: it alone can sign in its user's name, and whether the identity server's signature is good is
 * decided in the room.
 */
export class TakeBoundInvites {
  readonly #ports: TakeBoundInvitesPorts;

  constructor(ports: TakeBoundInvitesPorts) {
    this.#ports = ports;
  }

  /**
   * Resolves when every invite is attended to: an invite that its room or its server refuses is over. Throws 404 for what is no user here, 502 where a
   * server could not be reached: then all of it may come again.
   */
  async execute({ mxid, invites }: OnBindRequest): Promise<void> {
    await this.#ports.slots.run(ANYBODY, async () => {
      await this.#requireUser(mxid);
      const { blocksInvites, ignored } = await this.#ports.settings.find(mxid);
      const own = invites.filter(({ mxid: of, signed, sender }) => {
        return of === mxid && signed.mxid === mxid && !blocksInvites && !ignored.has(sender);
      });
      const unreached = await this.#takeAll(mxid, own.slice(0, MOST_INVITES));
      if (unreached.size === 0) return;
      throw new MatrixError(
        'M_UNKNOWN',
        502,
        `Not all inviting servers could be reached: ${[...unreached].join(', ')}`,
      );
    });
  }

  async #requireUser(mxid: string): Promise<void> {
    const isActive = this.#ports.servers.find(serverNameOf(mxid))?.status === 'active';
    const user = isActive ? await this.#ports.users.findUser(mxid) : undefined;
    if (user === undefined || user.isDeactivated) throw new MatrixError('M_NOT_FOUND', 404, 'The user does not exist');
  }

  /** Servers that could not be reached. */
  async #takeAll(mxid: string, invites: readonly BoundInvite[]): Promise<Set<string>> {
    const unreached = new Set<string>();
    for (let first = 0; first < invites.length; first += AT_ONCE) {
      const some = invites.slice(first, first + AT_ONCE);
      const taken = await Promise.all(some.map((invite) => this.#take(mxid, invite)));
      for (const [index, { sender }] of some.entries())
        if (taken[index] === 'unreached') unreached.add(serverNameOf(sender));
    }
    return unreached;
  }

  #take(mxid: string, invite: BoundInvite): Promise<'over' | 'unreached'> {
    const isHosted = this.#ports.servers.find(serverNameOf(invite.sender)) !== undefined;
    return isHosted ? this.#inviteHere(mxid, invite) : this.#exchange(mxid, invite);
  }

  async #exchange(mxid: string, { room_id: roomId, sender, signed }: BoundInvite): Promise<'over' | 'unreached'> {
    const pair = { origin: serverNameOf(mxid), destination: serverNameOf(sender) };
    const invite = { roomId, sender, targetUserId: mxid, signed: { ...signed }, displayName: '' };
    const answer = await exchangeInvite(this.#ports.remoteServers, pair, invite);
    if (answer.outcome === 'unreachable') return 'unreached';
    return answer.outcome === 'refused' && answer.status >= 500 ? 'unreached' : 'over';
  }

  async #inviteHere(mxid: string, { room_id: roomId, sender, signed }: BoundInvite): Promise<'over'> {
    const { rooms, states, owners } = this.#ports;
    const room = await rooms.findRoom(roomId);
    if (room === undefined) return 'over';
    const invite = await states.find(room, room.currentRoot, {
      type: 'm.room.third_party_invite',
      stateKey: signed.token,
    });
    const { display_name: displayName } = invite?.content ?? {};
    // @NOTE All that the identity server signed, known here or not: else its signature is none.
    const proof = { display_name: displayName ?? '', signed: { ...signed } };
    const change = {
      roomId,
      sender,
      targetUserId: mxid,
      membership: 'invite',
      content: Buffer.from(encodeCanonicalJson({ third_party_invite: proof }, 'any')),
      senderDeviceId: '',
      // @NOTE The rules would let such an invite put out somebody who is in the room.
      onlyFrom: ['leave', 'knock', 'invite'],
    };
    try {
      await owners.changeMembership(change, 'onbind', mxid, roomId, signed.token);
    } catch (error) {
      if (!(error instanceof MatrixError) || error.httpStatus >= 500 || error.httpStatus === 429) throw error;
    }
    return 'over';
  }
}
