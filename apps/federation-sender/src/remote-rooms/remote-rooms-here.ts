import type {
  BackfillQuery,
  RemoteInvite,
  RemoteMembership,
  RemoteRoomOutcome,
  RemoteRooms,
} from '@plexus/remote-servers';
import type { BackfillRoom } from './backfill-room.ts';
import type { InviteUser } from './invite-user.ts';
import type { JoinRoom } from './join-room.ts';
import type { KnockRoom } from './knock-room.ts';
import type { LeaveRoom } from './leave-room.ts';

export interface RemoteRoomUseCases {
  readonly join: JoinRoom;
  readonly knock: KnockRoom;
  readonly leave: LeaveRoom;
  readonly invite: InviteUser;
  readonly backfill: BackfillRoom;
}

/** Rooms of other servers, where connections to them are opened. */
export class RemoteRoomsHere implements RemoteRooms {
  readonly #useCases: RemoteRoomUseCases;

  constructor(useCases: RemoteRoomUseCases) {
    this.#useCases = useCases;
  }

  changeMembership(wanted: RemoteMembership): Promise<RemoteRoomOutcome> {
    return this.#useCases[wanted.membership].execute(wanted);
  }

  inviteUser(wanted: RemoteInvite): Promise<RemoteRoomOutcome> {
    return this.#useCases.invite.execute(wanted);
  }

  backfill(query: BackfillQuery): Promise<number> {
    return this.#useCases.backfill.execute(query);
  }
}
