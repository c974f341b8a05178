import type { Clock, JsonObject } from '@plexus/matrix-base';
import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent, RoomEvent } from '@plexus/room-dag';

import { parentOf, placeAfter, placeBefore, relationsForClients } from '@plexus/room-view';
import type {
  AggregationReader,
  ErasedEvents,
  EventAggregations,
  EventView,
  RedactionReader,
  ShownEvent,
  StateReader,
  VisibilityReader,
} from '@plexus/room-view';
import type { RoomReader, RoomRecord, StoredEvent } from '@plexus/storage';
import type { Requester } from '@plexus/service-shell';
import type { StoredAccountSettings } from '@plexus/user-streams';
import type { RoomAccess } from './room-access.ts';
import { isAfter } from './timeline-place.ts';

export interface ShowEventsPorts {
  readonly rooms: RoomReader;
  readonly states: StateReader;
  readonly redactions: RedactionReader;
  readonly visibility: VisibilityReader;
  readonly erased: ErasedEvents;
  readonly aggregations: AggregationReader;
  readonly settings: Pick<StoredAccountSettings, 'find'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** An event that its reader may see. */
export interface VisibleEvent {
  readonly stored: StoredEvent;
  readonly shown: ShownEvent;
  readonly membership: string;
}

/** Turns stored events into what one user sees of them. */
export class ShowEvents {
  readonly #ports: ShowEventsPorts;

  constructor(ports: ShowEventsPorts) {
    this.#ports = ports;
  }

  /** Leaves out what the user may not see, what those say whom the user ignores, and redactions without effect. The events are in the order of the timeline, oldest first. */
  async filterVisible(access: RoomAccess, events: readonly StoredEvent[]): Promise<VisibleEvent[]> {
    const [visible, ignored] = await Promise.all([this.findVisible(access, events), this.findIgnored(access)]);
    if (ignored.size === 0) return visible;
    return visible.filter(({ shown: { event } }) => event.stateKey !== undefined || !ignored.has(event.sender));
  }

  /** Users whose events the user does not want to have, but for state (https://spec.matrix.org/v1.19/client-server-api/#ignoring-users). */
  async findIgnored({ kind, userId }: RoomAccess): Promise<ReadonlySet<string>> {
    return kind === 'administering' ? new Set() : (await this.#ports.settings.find(userId)).ignored;
  }

  /** As `filterVisible`, with what comes from users that are ignored. */
  async findVisible(access: RoomAccess, events: readonly StoredEvent[]): Promise<VisibleEvent[]> {
    const { room } = access;
    const shown = await Promise.all(events.map((stored) => this.#ports.redactions.show(room, stored)));
    const views = await this.#view(access, events, shown);
    const told = access.kind === 'administering' ? shown : await this.#ports.erased.apply(shown, views);
    const visible: VisibleEvent[] = [];
    for (const [index, stored] of events.entries()) {
      const [there, view] = [told[index], views[index]];
      if (there === undefined || view?.isVisible !== true) continue;
      if (!(await this.#hasEffect(room, stored, there.event))) continue;
      visible.push({ stored, shown: there, membership: view.membership });
    }
    return visible;
  }

  /** In the format for clients, with all that `unsigned` has to say. */
  async format(requester: Requester, access: RoomAccess, events: readonly VisibleEvent[]): Promise<ClientEvent[]> {
    const { room } = access;
    const [aggregations, transactions, previous] = await Promise.all([
      this.aggregate(access, events),
      this.#findTransactions(requester, room, events),
      this.#findPrevious(room, events),
    ]);
    return events.map(({ stored, shown, membership }) => {
      const { event, redactedBecause } = shown;
      const transactionId = transactions.get(stored.eventNid);
      return toClientEvent(event, {
        age: this.#ports.clock.now() - event.originServerTs,
        membership,
        ...(transactionId !== undefined && { transaction_id: transactionId }),
        ...previousOf(previous.get(stored.eventNid)),
        ...(redactedBecause !== undefined && { redacted_because: { ...toClientEvent(redactedBecause) } }),
        ...this.#relationsOf(aggregations.get(event.eventId)),
      });
    });
  }

  /** What relates to these events, as far as the user may have it, by event id. */
  async aggregate(access: RoomAccess, events: readonly VisibleEvent[]): Promise<Map<string, EventAggregations>> {
    const { room, userId, kind, departure } = access;
    return await this.#ports.aggregations.read(
      room,
      events.map(({ shown }) => parentOf(shown)),
      {
        userId,
        ignored: await this.findIgnored(access),
        isJoinedAfterwards: kind !== 'peeking',
        before: departure && placeAfter(departure),
      },
    );
  }

  #relationsOf(aggregations: EventAggregations | undefined): JsonObject {
    if (aggregations === undefined) return {};
    return { 'm.relations': relationsForClients(aggregations, { now: this.#ports.clock.now(), toClientEvent }) };
  }

  #view(access: RoomAccess, events: readonly StoredEvent[], shown: readonly ShownEvent[]): Promise<EventView[]> {
    if (access.kind === 'administering') return Promise.resolve(shown.map(() => SEEN_BY_ADMIN));
    const there = events.flatMap((stored, index) => (shown[index] ? [{ stored, event: shown[index].event }] : []));
    const isJoinedAfterwards = wasJoinedAfter(access, events.at(-1));
    return this.#ports.visibility.view(access.room, there, { userId: access.userId, isJoinedAfterwards });
  }

  async #hasEffect(room: RoomRecord, stored: StoredEvent, event: RoomEvent): Promise<boolean> {
    if (event.type !== 'm.room.redaction' || event.redacts === undefined) return true;
    return this.#ports.redactions.takesEffect(room, stored, event);
  }

  /** The transaction ids of the events that this device sent, by event number. */
  async #findTransactions(
    { userId, deviceId }: Requester,
    { shard, roomNid }: RoomRecord,
    events: readonly VisibleEvent[],
  ): Promise<Map<number, string>> {
    const own = events.filter(({ shown }) => shown.event.sender === userId);
    const positions = own.flatMap(({ stored }) => stored.streamPosition ?? []);
    if (positions.length === 0) return new Map();
    const [after, upTo] = [Math.min(...positions) - 1, Math.max(...positions)];
    const limit = 2 * events.length + 10;
    const rows = await this.#ports.rooms.readLog({ shard, roomNid, after, upTo, limit, order: 'ascending' });
    return new Map(
      rows.flatMap(({ event, transactionId, senderDeviceId }) =>
        event !== undefined && transactionId !== undefined && transactionId !== '' && senderDeviceId === deviceId
          ? [[event.eventNid, transactionId] as const]
          : [],
      ),
    );
  }

  /** What each state event replaced, by its number. */
  async #findPrevious(room: RoomRecord, events: readonly VisibleEvent[]): Promise<Map<number, RoomEvent>> {
    const replacedBy = new Map<number, number>();
    for (const { stored, shown } of events) {
      const { type, stateKey } = shown.event;
      if (stateKey === undefined) continue;
      const [nid] = (await this.#ports.states.lookup(room, stored.stateBefore ?? 0, [{ type, stateKey }])) ?? [];
      if (nid !== undefined) replacedBy.set(stored.eventNid, nid);
    }
    if (replacedBy.size === 0) return new Map();
    const found = await this.#ports.rooms.findEvents(room.shard, [...new Set(replacedBy.values())]);
    const previous = new Map<number, RoomEvent>();
    for (const [nid, replaced] of replacedBy) {
      const stored = found.get(replaced);
      if (stored !== undefined) previous.set(nid, (await this.#ports.redactions.show(room, stored)).event);
    }
    return previous;
  }
}

const SEEN_BY_ADMIN: EventView = { isVisible: true, membership: 'leave' };

function previousOf(event: RoomEvent | undefined): JsonObject {
  if (event === undefined) return {};
  return { prev_content: event.content, prev_sender: event.sender, replaces_state: event.eventId };
}

/** Whether the user was joined at some time after an event. */
function wasJoinedAfter({ kind, departure }: RoomAccess, last: StoredEvent | undefined): boolean {
  if (kind === 'joined') return true;
  return departure !== undefined && last !== undefined && !isAfter(last, placeBefore(departure));
}
