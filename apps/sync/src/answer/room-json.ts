import type { UnreadCount } from '@plexus/room-dag';
import { keyOf } from './sent-members.ts';
import type { RoomSummary } from './room-summary.ts';
import type { SyncRequest } from './sync-request.ts';
import type { TimelineEntry } from './timeline-entry.ts';
import type { TimelineRelations } from './timeline-relations.ts';
import type { Timeline } from './timeline.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { ServedEvent } from '../log/served-event.ts';
import { pickEventFields } from '../render/event-fields.ts';
import type { EventRenderer } from '../render/event-renderer.ts';
import type { UnreadRoom } from '../unread/unread-room.ts';
import { finishEvent } from '../render/rendered-event.ts';
import type { EventRecipient, RenderedEvent } from '../render/rendered-event.ts';

/** The JSON of one room in a response, put together from events that are JSON already. */
export class RoomJson {
  readonly #request: SyncRequest;
  readonly #now: number;
  readonly #parts: string[] = [];
  readonly #members = new Map<string, number>();

  constructor(request: SyncRequest, now: number) {
    this.#request = request;
    this.#now = now;
  }

  async addState(state: readonly ServedEvent[], renderer: EventRenderer): Promise<void> {
    const events: string[] = [];
    for (const event of state) {
      const recipient = { now: this.#now, membership: undefined, transactionId: undefined, seesPrevious: false };
      events.push(this.#eventJson(event, await renderer.render(event), recipient));
      this.#noteMember(event);
    }
    this.#parts.push(`"${this.#stateName}":{"events":[${events.join(',')}]}`);
  }

  addTimeline(
    timeline: Pick<Timeline, 'entries' | 'isLimited' | 'prevBatch'>,
    { isNewToClient, relations }: { readonly isNewToClient: boolean; readonly relations: TimelineRelations },
  ): void {
    const events = timeline.entries.map((entry) => this.#entryJson(entry, relations.get(entry.event.eventId)));
    const isLimited = timeline.isLimited || (isNewToClient && events.length > 0);
    const prevBatch = timeline.prevBatch === undefined ? '' : `,"prev_batch":${JSON.stringify(timeline.prevBatch)}`;
    this.#parts.push(`"timeline":{"events":[${events.join(',')}],"limited":${isLimited}${prevBatch}}`);
  }

  addNoEvents(): void {
    this.#parts.push(`"${this.#stateName}":{"events":[]},"timeline":{"events":[],"limited":false}`);
  }

  addAccountData(events: readonly string[]): void {
    this.#parts.push(`"account_data":{"events":[${events.join(',')}]}`);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications */
  addUnread(unread: UnreadRoom): void {
    const { countsThreads } = this.#request.filter;
    this.#parts.push(`"unread_notifications":${JSON.stringify(countOf(countsThreads ? unread.main : unread.total))}`);
    if (!countsThreads || unread.threads.size === 0) return;
    const threads = [...unread.threads].map(([threadId, count]) => [threadId, countOf(count)]);
    this.#parts.push(`"unread_thread_notifications":${JSON.stringify(Object.fromEntries(threads))}`);
  }

  addSummary({ joined, invited, heroes }: RoomSummary): void {
    const named = heroes === undefined ? {} : { 'm.heroes': heroes };
    const summary = { ...named, 'm.joined_member_count': joined, 'm.invited_member_count': invited };
    this.#parts.push(`"summary":${JSON.stringify(summary)}`);
  }

  addEphemeral(events: readonly string[]): void {
    if (events.length > 0) this.#parts.push(`"ephemeral":{"events":[${events.join(',')}]}`);
  }

  toString(): string {
    return `{${this.#parts.join(',')}}`;
  }

  members(room: RoomLog): ReadonlyMap<string, number> {
    return new Map([...this.#members].map(([userId, eventNid]) => [keyOf(room, userId), eventNid]));
  }

  get #stateName(): 'state' | 'state_after' {
    return this.#request.useStateAfter ? 'state_after' : 'state';
  }

  #entryJson({ event, rendered, membership }: TimelineEntry, relations: string | undefined): string {
    const { userId, deviceId } = this.#request;
    const { traits, sentBy } = event;
    const isOwnMembership = traits.type === 'm.room.member' && traits.stateKey === userId;
    const isFromDevice = traits.sender === userId && sentBy?.senderDeviceId === deviceId;
    this.#noteMember(event);
    return this.#eventJson(event, rendered, {
      now: this.#now,
      membership,
      transactionId: isFromDevice ? sentBy.transactionId : undefined,
      seesPrevious: membership === 'join' || isOwnMembership,
      relations,
    });
  }

  #eventJson(event: ServedEvent, rendered: RenderedEvent, recipient: EventRecipient): string {
    const { format, fields } = this.#request.filter;
    const isForServers = format === 'federation';
    const json = isForServers
      ? (rendered.redactedPdu ?? event.stored.json.toString())
      : finishEvent(rendered, recipient);
    return fields === undefined ? json : pickEventFields(json, fields);
  }

  #noteMember({ traits, eventNid }: ServedEvent): void {
    const { type, stateKey } = traits;
    if (type === 'm.room.member' && stateKey !== undefined) this.#members.set(stateKey, eventNid);
  }
}

function countOf({ notify, highlight }: UnreadCount): { notification_count: number; highlight_count: number } {
  return { notification_count: notify, highlight_count: highlight };
}
