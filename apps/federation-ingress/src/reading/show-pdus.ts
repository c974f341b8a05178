import { redactEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RedactionReader, RoomPlace, ServerVisibilityReader } from '@plexus/room-view';
import type { StoredEvent } from '@plexus/storage';

export interface ShowPdusPorts {
  readonly redactions: Pick<RedactionReader, 'show'>;
  readonly visibility: Pick<ServerVisibilityReader, 'view'>;
}

/** Turns stored events into the JSON that other servers get. What is stored goes out as it is, unless it is redacted or hidden. */
export class ShowPdus {
  readonly #ports: ShowPdusPorts;

  constructor(ports: ShowPdusPorts) {
    this.#ports = ports;
  }

  /**
   * As a server that is in the room may have them: what it may not see is redacted, not left out, so that it can walk on
   * (https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events).
   */
  async forServer(room: RoomPlace, events: readonly StoredEvent[], serverName: string): Promise<string[]> {
    const there = events.map((stored) => ({ stored, event: readEvent(stored, room.roomVersion) }));
    const views = await this.#ports.visibility.view(room, there, serverName);
    return Promise.all(
      there.map(({ stored, event }, index) =>
        views[index] === true ? this.#show(room, stored) : redactEvent(event).bytes.toString(),
      ),
    );
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
