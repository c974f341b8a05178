import { AggregationReader, ErasedEvents, RedactionReader, StateReader, VisibilityReader } from '@plexus/room-view';
import type { RoomExpiry } from '@plexus/room-view';
import { StoredPushRules } from '@plexus/user-streams';
import type { AccountDataSection } from './answer/account-data.ts';
import { EphemeralReader } from './answer/ephemeral.ts';
import { RoomAnswerer } from './answer/answer-room.ts';
import { ReceiptsReader } from './answer/receipts.ts';
import { RoomSummaryReader } from './answer/room-summary.ts';
import { StateBlockReader } from './answer/state-block.ts';
import { StrippedRoomReader } from './answer/stripped-room.ts';
import { TimelineReader } from './answer/timeline.ts';
import type { LogPlace } from './answer/log-place.ts';
import { TimelineRelationReader } from './answer/timeline-relations.ts';
import type { EventStore } from './log/event-store.ts';
import { RoomRows } from './log/room-rows.ts';
import { EventRenderer } from './render/event-renderer.ts';
import { IgnoredSenders } from './unread/ignored-senders.ts';
import { PushContexts } from './unread/push-contexts.ts';
import { OwnRulesCounter } from './unread/own-rules-counter.ts';
import type { OwnRulesOptions } from './unread/own-rules-counter.ts';
import { UnreadCounter } from './unread/unread-counter.ts';
import type { SyncParts, SyncPorts } from './sync-parts.ts';

export function composeRooms(
  ports: SyncPorts,
  parts: Pick<SyncParts, 'tail' | 'typing'> & {
    readonly events: EventStore;
    readonly accountData: AccountDataSection;
    readonly unread: UnreadCounter;
    readonly log: LogPlace;
    readonly expiry: RoomExpiry;
  },
): RoomAnswerer {
  const { reader, clock, stateNodes } = ports;
  const { tail, events, typing, accountData, unread, log, expiry } = parts;
  const rows = new RoomRows(tail, reader);
  const states = new StateReader(reader, stateNodes);
  const redactions = new RedactionReader(reader, states);
  const visibility = new VisibilityReader(reader, states, expiry);
  const erased = new ErasedEvents(ports.users);
  const aggregations = new AggregationReader({
    relations: ports.relations,
    rooms: reader,
    redactions,
    visibility,
    erased,
  });
  const renderer = new EventRenderer({ redactions, states, events });
  return new RoomAnswerer({
    rows,
    states,
    events,
    renderer,
    clock,
    accountData,
    unread,
    timelines: new TimelineReader({ rows, renderer, visibility, erased, expiry, log }),
    stateBlocks: new StateBlockReader({ states, events, rows }),
    summaries: new RoomSummaryReader({ reader, states, events }),
    ephemeral: new EphemeralReader(typing, new ReceiptsReader(tail, ports.receipts)),
    relations: new TimelineRelationReader(aggregations, clock),
    stripped: new StrippedRoomReader({ rows, states, events, redactions }),
  });
}

export function composeUnread(
  ports: SyncPorts,
  {
    tail,
    events,
    ...judging
  }: Pick<SyncParts, 'tail' | 'backlog'> &
    Pick<OwnRulesOptions, 'judgedAtOnce' | 'generation'> & { readonly events: EventStore },
): UnreadCounter {
  const { reader, stateNodes, accountData, pushRules, judged } = ports;
  const rows = new RoomRows(tail, reader);
  const states = new StateReader(reader, stateNodes);
  const contexts = new PushContexts({ rows, reader, events, states });
  const rules = new StoredPushRules(accountData, pushRules);
  const ownRules = new OwnRulesCounter({ contexts, rows, judged, ...judging });
  const ignoredSenders = new IgnoredSenders({ rows, states });
  return new UnreadCounter({ reader: ports.unread, rules, contexts, ownRules, ignoredSenders, tail });
}
