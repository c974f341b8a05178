import type { Requester } from '@plexus/service-shell';
import { userSuspended } from '../accounts/account-faults.ts';
import type { RequireConsent } from '../consent/require-consent.ts';
import type { ChangeMembership, MembershipChange } from './change-membership.ts';
import type { FindRoomToJoin } from './find-room-to-join.ts';

export interface EnterRoomPorts {
  readonly findRoom: Pick<FindRoomToJoin, 'execute'>;
  readonly changeMembership: Pick<ChangeMembership, 'execute'>;
  readonly requireConsent: Pick<RequireConsent, 'execute'>;
}

/** How somebody enters a room that they name: they join it, or ask to be let in. */
export type Entrance = Extract<MembershipChange, { readonly action: 'join' | 'leave' | 'knock' }> & {
  readonly action: 'join' | 'knock';
};

/** Joins a room, or knocks on it, by its id or one of its aliases: the servers that an alias leads to are asked after those that the user names. */
export class EnterRoom {
  readonly #ports: EnterRoomPorts;

  constructor(ports: EnterRoomPorts) {
    this.#ports = ports;
  }

  /**
   * Returns the room id. Throws what `FindRoomToJoin` and `ChangeMembership` do.
   *
   * @NOTE Which room it is, and so whether it is that of the server's notices, is known only then: that one has no alias that others would know.
   */
  async execute(requester: Requester, roomIdOrAlias: string, entrance: Entrance): Promise<string> {
    const { findRoom, changeMembership } = this.#ports;
    const { serverName, appserviceId } = requester;
    const admit = (): Promise<void> | undefined => this.#admit(requester);
    const { roomId, servers } = await findRoom.execute(serverName, roomIdOrAlias, { appserviceId, admit });
    await changeMembership.execute(requester, roomId, { ...entrance, via: [...(entrance.via ?? []), ...servers] });
    return roomId;
  }

  /** Who may not enter a room that is not known here is told so before anybody else hears of it. */
  #admit(requester: Requester): Promise<void> | undefined {
    if (requester.isSuspended === true) throw userSuspended();
    return this.#ports.requireConsent.execute(requester);
  }
}
