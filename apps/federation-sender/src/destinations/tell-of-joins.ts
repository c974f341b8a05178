import { findServerName } from '@plexus/matrix-base';
import type { LoggedRow } from '@plexus/room-log';
import { readEvent } from '@plexus/room-view';
import type { OutboundPositions, RoomReader, StoredEvent, UserRoom } from '@plexus/storage';
import type { DistributeDeviceLists } from './distribute-device-lists.ts';
import type { ServersOfUser } from './servers-of-user.ts';

export interface TellOfJoinsPorts {
  readonly reader: Pick<RoomReader, 'findEvents' | 'findEventsById'>;
  readonly positions: Pick<OutboundPositions, 'readOutboundPositions'>;
  readonly servers: Pick<ServersOfUser, 'findNew'>;
  readonly deviceLists: Pick<DistributeDeviceLists, 'tellOf'>;
  isHosted(serverName: string): boolean;
}

/** What is read of an event. */
type Readable = Pick<StoredEvent, 'eventNid' | 'eventId' | 'json'>;

interface Joined {
  readonly userId: string;
  readonly authEvents: readonly string[];
}

/**
 * Tells other servers of the devices of a hosted user who joins a room in which they are, if they shared none with the user before: nobody told them what
 * changed meanwhile (https://spec.matrix.org/v1.19/server-server-api/#device-management).
 *
 * A room counts as shared before once the log was gone through and stored up to the user's membership in it: what its row comes to is durable then. So of
 * two joins at the same time one tells at least, and so does a row that comes again after a crash.
 *
 * @NOTE A server that comes to where hosted users are already is not told: it knows that nobody has told it anything, and asks.
 */
export class TellOfJoins {
  readonly #ports: TellOfJoinsPorts;

  constructor(ports: TellOfJoinsPorts) {
    this.#ports = ports;
  }

  /** The caller guarantees that other servers are in the row's room. */
  async execute(row: LoggedRow): Promise<void> {
    const { servers, deviceLists } = this.#ports;
    for (const joined of await this.#findJoined(row)) {
      if (await this.#wasJoined(row, joined)) continue;
      const positions = await this.#ports.positions.readOutboundPositions();
      const isGoneThrough = ({ shard, position }: UserRoom): boolean =>
        position <= (positions.get(shard)?.position ?? 0);
      await deviceLists.tellOf(joined.userId, await servers.findNew(joined.userId, row, isGoneThrough));
    }
  }

  /** Hosted users whose membership the row changed, and who are joined by it. */
  async #findJoined(row: LoggedRow): Promise<Joined[]> {
    const joined: Joined[] = [];
    for (const event of await this.#findMembers(row)) {
      const { type, stateKey, content, authEvents } = readEvent(event, row.roomVersion);
      if (type === 'm.room.member' && stateKey !== undefined && content['membership'] === 'join')
        joined.push({ userId: stateKey, authEvents });
    }
    return joined.filter(({ userId }) => this.#isHostedUser(userId));
  }

  /** @NOTE The row that brings a room here need not say what it changed: its own event is how somebody came into it. */
  async #findMembers({ shard, event, changedState }: LoggedRow): Promise<Readable[]> {
    const changed = changedState.flatMap(({ type, stateKey, eventNid }) =>
      type === 'm.room.member' && this.#isHostedUser(stateKey) && eventNid !== undefined ? [eventNid] : [],
    );
    const others = changed.filter((eventNid) => eventNid !== event?.eventNid);
    const found = others.length === 0 ? [] : (await this.#ports.reader.findEvents(shard, others)).values();
    return [...(event === undefined ? [] : [event]), ...found];
  }

  /** Whether the user was joined before: a profile has changed then, no more. A membership cites the one before it. */
  async #wasJoined({ shard, roomNid, roomVersion }: LoggedRow, { userId, authEvents }: Joined): Promise<boolean> {
    const cited = await this.#ports.reader.findEventsById(shard, roomNid, authEvents);
    return [...cited.values()].some((stored) => {
      const { type, stateKey, content } = readEvent(stored, roomVersion);
      return type === 'm.room.member' && stateKey === userId && content['membership'] === 'join';
    });
  }

  #isHostedUser(userId: string): boolean {
    return this.#ports.isHosted(findServerName(userId) ?? '');
  }
}
