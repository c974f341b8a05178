import { findServerName } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { PduChecker } from '@plexus/pdu-checks';
import { getEvent } from '@plexus/remote-servers';
import type { RemoteServers, ServerPair } from '@plexus/remote-servers';
import { findRoomVersion } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { ServerVisibilityReader } from '@plexus/room-view';
import type {
  ListedCopy,
  RedactedCopyReader,
  RoomReader,
  RoomRecord,
  RoomServerReader,
  StoredEvent,
} from '@plexus/storage';
import type { FindAskerPorts } from './find-asker.ts';
import type { ImportPorts } from './import-room.ts';
import { likelyServers } from './likely-servers.ts';
import type { PduForRoom } from './pdu-sink.ts';
import { storeOutliers } from './store-history.ts';
import { verifyEvents } from './verify-events.ts';

export interface FetchContentsPorts extends ImportPorts, FindAskerPorts {
  readonly copies: Pick<RedactedCopyReader, 'listNotedCopies'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEvents'>;
  readonly roomServers: RoomServerReader;
  readonly visibility: Pick<ServerVisibilityReader, 'view'>;
  readonly servers: RemoteServers;
  readonly checker: Pick<PduChecker, 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Hands checked events to their room. */
  hand(events: readonly PduForRoom[]): Promise<void>;
  attended(outcome: ContentOutcome): void;
}

/** `hidden`: no hosted server in the room may have it. `not-given`: nobody gave it, for now. */
export type ContentOutcome = 'handed' | 'hidden' | 'not-given';

export const LOOK_EVERY_MS = 60_000;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
/** So long after an event came without its content its content is asked for, each time of so many events and servers at most. */
const ASKED_AFTER_MS = [30 * SECOND_MS, 600 * SECOND_MS, 3 * HOUR_MS, 24 * HOUR_MS];
const MOST_EVENTS = 10;
const MOST_SERVERS = 3;

/**
 * Asks other servers for the content of events that came without it: from a server that may not see them, or does not know yet whether another may. A copy
 * whose hash matches goes to the room as any other PDU, and takes the place of the stored one there.
 *
 * @NOTE What was noted when no process looked is not asked for at that age, but at the next. What no hosted server may see costs nobody a question.
 */
export class FetchContents {
  readonly #ports: FetchContentsPorts;
  #lookedAt: number | undefined;

  constructor(ports: FetchContentsPorts) {
    this.#ports = ports;
  }

  /** What has reached one of the ages since it was done last. */
  async execute(): Promise<void> {
    const now = this.#ports.clock.now();
    const since = Math.max(this.#lookedAt ?? 0, now - LOOK_EVERY_MS);
    this.#lookedAt = now;
    for (const age of ASKED_AFTER_MS) {
      const query = { after: since - age, until: now - age, limit: MOST_EVENTS };
      for (const copy of await this.#ports.copies.listNotedCopies(query)) this.#ports.attended(await this.#fetch(copy));
    }
  }

  async #fetch(copy: ListedCopy): Promise<ContentOutcome> {
    const { rooms, roomServers, hosted } = this.#ports;
    const room = await rooms.findRoom(copy.roomId);
    const stored = room && (await rooms.findEvents(room.shard, [copy.eventNid])).get(copy.eventNid);
    if (room === undefined || stored === undefined) return 'hidden';
    const event = readEvent(stored, room.roomVersion);
    const joined = (await roomServers.readServers(room.shard, room.roomNid))?.joined ?? new Map<string, number>();
    const origin = await this.#findViewer(room, [{ stored, event }], [...joined.keys()]);
    if (origin === undefined) return 'hidden';
    const first = [findServerName(event.sender) ?? ''].filter((serverName) => joined.has(serverName));
    for (const destination of likelyServers(first, joined, hosted).slice(0, MOST_SERVERS))
      if (await this.#fetchFrom({ origin, destination }, room, stored)) return 'handed';
    return 'not-given';
  }

  /** A hosted server in the room that may see the event, and that other servers answer. */
  async #findViewer(
    room: RoomRecord,
    events: Parameters<ServerVisibilityReader['view']>[1],
    serverNames: readonly string[],
  ): Promise<string | undefined> {
    const { hosted, visibility, acls } = this.#ports;
    const acl = await acls.find(room);
    for (const serverName of serverNames.filter((name) => hosted.isHosted(name) && acl.allows(name))) {
      const [isVisible] = await visibility.view(room, events, serverName);
      if (isVisible === true) return serverName;
    }
    return undefined;
  }

  /** @NOTE What has no place here gets none by this: what leads to it would have to be fetched. */
  async #fetchFrom(
    pair: ServerPair,
    room: RoomRecord,
    { eventId, topologicalPosition }: StoredEvent,
  ): Promise<boolean> {
    const { servers, checker, hand } = this.#ports;
    const rules = findRoomVersion(room.roomVersion);
    const answer = await getEvent(servers, pair, eventId);
    if (rules === undefined || answer.outcome !== 'ok') return false;
    const verified = await verifyEvents(checker, { roomId: room.roomId, rules }, answer.value.pdus);
    const whole = verified.filter((event) => event.eventId === eventId && !event.isRedactedCopy);
    if (whole.length === 0) return false;
    if (topologicalPosition !== undefined) await hand(whole.map((event) => ({ event, room, pair })));
    else await storeOutliers(this.#ports, { room, rules, pair, events: whole });
    return true;
  }
}
