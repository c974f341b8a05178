import { findServerName } from '@plexus/matrix-base';
import { redactEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RedactionReader, RoomPlace, ServerVisibilityReader } from '@plexus/room-view';
import type { ErasedUserReader, HostedServers, RoomRecord, StoredEvent } from '@plexus/storage';

export interface ShowPdusPorts {
  readonly redactions: Pick<RedactionReader, 'show'>;
  readonly visibility: Pick<ServerVisibilityReader, 'view'>;
  readonly users: ErasedUserReader;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

/** A room, and whether members of its state are missing. */
type ShownRoom = RoomPlace & Pick<RoomRecord, 'partialJoin'>;

/** Turns stored events into the JSON that other servers get. What is stored goes out as it is, unless it is redacted or hidden. */
export class ShowPdus {
  readonly #ports: ShowPdusPorts;

  constructor(ports: ShowPdusPorts) {
    this.#ports = ports;
  }

  /**
   * As a server that is in the room may have them: what it may not see, and what users said who want to be forgotten, is redacted, not left out, so
   * that it can walk on
   * (https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events).
   *
   * @NOTE While members of the room are missing, nobody here can tell who was in it, nor whether what other servers sent is allowed: of that each gets
   * in full only what its own users said.
   */
  async forServer(room: ShownRoom, events: readonly StoredEvent[], serverName: string): Promise<string[]> {
    const there = events.map((stored) => ({ stored, event: readEvent(stored, room.roomVersion) }));
    const [views, erased] = await Promise.all([
      this.#ports.visibility.view(room, there, serverName),
      this.#findErased(there.map(({ event }) => event)),
    ]);
    return Promise.all(
      there.map(({ stored, event }, index) => {
        const isSeen = views[index] === true && this.#isJudged(room, event, serverName);
        const isShown = isSeen && (event.stateKey !== undefined || !erased.has(event.sender));
        return isShown ? this.#show(room, stored) : redactEvent(event).bytes.toString();
      }),
    );
  }

  /** Whether enough is known of the room to say who may see the event. */
  #isJudged({ partialJoin }: ShownRoom, { sender }: RoomEvent, serverName: string): boolean {
    if (partialJoin === undefined) return true;
    const senderServer = findServerName(sender);
    if (senderServer === undefined) return false;
    return senderServer === serverName || this.#ports.servers.isHosted(senderServer);
  }

  /** Who of those that say something was erased. */
  async #findErased(events: readonly RoomEvent[]): Promise<ReadonlySet<string>> {
    const senders = new Set(events.filter(({ stateKey }) => stateKey === undefined).map(({ sender }) => sender));
    return senders.size === 0 ? senders : this.#ports.users.findErasedUsers([...senders]);
  }

  /** In full, but for what a redaction took away: events of the room's state, and what authorizes them. */
  inFull(room: RoomPlace, events: readonly StoredEvent[]): Promise<string[]> {
    return Promise.all(events.map((stored) => this.#show(room, stored)));
  }

  async #show(room: RoomPlace, stored: StoredEvent): Promise<string> {
    if (stored.redactedBy.length === 0) return stored.json.toString();
    const { event, redactedBecause } = await this.#ports.redactions.show(room, stored);
    return redactedBecause === undefined ? stored.json.toString() : redactEvent(event).bytes.toString();
  }
}
