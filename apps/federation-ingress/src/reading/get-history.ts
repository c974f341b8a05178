import type { Clock } from '@plexus/matrix-base';
import type { Parties } from '../authentication/parties.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import { answerWithPdus } from './answer-with-pdus.ts';
import type { ShowPdus } from './show-pdus.ts';
import type { WalkBack } from './walk-back.ts';

export interface GetHistoryPorts {
  readonly door: RoomDoor;
  readonly walkBack: WalkBack;
  readonly showPdus: ShowPdus;
  readonly clock: Pick<Clock, 'now'>;
}

export interface MissingEventsQuery {
  readonly earliestEvents: readonly string[];
  readonly latestEvents: readonly string[];
  readonly limit: number | undefined;
}

const MAX_BACKFILL = 100;
const MAX_MISSING = 20;
const DEFAULT_MISSING = 10;

/** What lies before events that a server has (https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events). */
export class GetHistory {
  readonly #ports: GetHistoryPorts;

  constructor(ports: GetHistoryPorts) {
    this.#ports = ports;
  }

  /** JSON: these events and what lies before them, newest first. Throws as `RoomDoor.forResident` does. */
  async backfill(
    parties: Parties,
    roomId: string,
    { from, limit }: { readonly from: readonly string[]; readonly limit: number },
  ): Promise<string> {
    const { door, walkBack, showPdus, clock } = this.#ports;
    const room = await door.forResident(parties, roomId);
    const query = { from, isInclusive: true, until: new Set<string>(), limit: Math.min(limit, MAX_BACKFILL) };
    const pdus = await showPdus.forServer(room, await walkBack.execute(room, query), parties.origin);
    return answerWithPdus(pdus, { origin: parties.destination, now: clock.now() });
  }

  /** JSON: what lies between two sets of events, oldest first. Throws as `RoomDoor.forResident` does. */
  async missingEvents(parties: Parties, roomId: string, query: MissingEventsQuery): Promise<string> {
    const { door, walkBack, showPdus } = this.#ports;
    const room = await door.forResident(parties, roomId);
    const walked = await walkBack.execute(room, {
      from: query.latestEvents,
      isInclusive: false,
      until: new Set(query.earliestEvents),
      limit: Math.min(query.limit ?? DEFAULT_MISSING, MAX_MISSING),
    });
    const pdus = await showPdus.forServer(room, walked.reverse(), parties.origin);
    return `{"events":[${pdus.join(',')}]}`;
  }
}
