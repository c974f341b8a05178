import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RecentMembership, RoomHistoryReader, UserRoomReader } from '@plexus/storage';

export interface CountUserActsPorts {
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly history: Pick<RoomHistoryReader, 'findRecentMemberships'>;
}

/** Counts what a user did of late, for those who look for spam; whether the administrator may is found out before. */
export class CountUserActs {
  readonly #ports: CountUserActsPorts;

  constructor(ports: CountUserActsPorts) {
    this.#ports = ports;
  }

  /** Invites that the user sent since a time, in milliseconds since the epoch. */
  async sentInvites(userId: string, since: number): Promise<number> {
    const events = await this.#find(userId, since, { sender: userId, membership: 'invite' });
    return events.filter(({ event }) => event['sender'] === userId && membershipIn(event) === 'invite').length;
  }

  /** Rooms that the user joined since, those that they left again too. */
  async joinedRooms(userId: string, since: number): Promise<number> {
    const events = await this.#find(userId, since, { stateKey: userId, membership: 'join' });
    const joins = events.filter(({ arrives, event }) => {
      return arrives && event['state_key'] === userId && membershipIn(event) === 'join';
    });
    return new Set(joins.map(({ shard, roomNid }) => `${shard}/${roomNid}`)).size;
  }

  async #find(
    userId: string,
    since: number,
    named: { readonly sender?: string; readonly stateKey?: string; readonly membership: string },
  ): Promise<(RecentMembership & { readonly event: JsonObject })[]> {
    const rooms = await this.#ports.userRooms.findUserRooms(userId);
    const found = await this.#ports.history.findRecentMemberships(rooms, { since, ...named });
    return found.map((membership) => ({ ...membership, event: eventIn(membership) }));
  }
}

/** @NOTE What is found in the bytes of an event may stand anywhere in it. */
function eventIn({ json }: RecentMembership): JsonObject {
  const parsed = parseJson(json);
  const event = parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : {};
  return event['type'] === 'm.room.member' ? event : {};
}

function membershipIn({ content }: JsonObject): unknown {
  return isJsonObject(content) ? content['membership'] : undefined;
}
