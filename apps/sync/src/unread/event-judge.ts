import type { PushContext, UnreadCounts } from '@plexus/room-dag';
import { evaluatePushRules, PushEventView } from '@plexus/room-dag';
import type { CompiledPushRules, RulesInRoom } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { LogRow } from '../log/log-row.ts';

/** What an event of somebody else means to a user. */
export interface Judgement {
  readonly notifies: boolean;
  readonly highlights: boolean;
}

export type EventJudge = (row: LogRow) => Judgement;

const NEITHER: Judgement = { notifies: false, highlights: false };

/** Judges events as a user's rules do, where they come to what the room's owner decided for everybody. */
export function judgeByRoom(rules: Exclude<RulesInRoom, 'other'>, userId: string): EventJudge {
  return ({ event, unread }) => {
    if (rules === 'nothing' || event === undefined || unread === undefined) return NEITHER;
    const highlights = unread.highlights || event.mentions.includes(userId);
    return { notifies: highlights || (rules === 'default' && unread.notifies), highlights };
  };
}

/** Judges as it is judged, but for what is kept from a user because its sender is ignored. */
export function judgeIgnoring(judge: EventJudge, ignored: ReadonlySet<string>): EventJudge {
  if (ignored.size === 0) return judge;
  return (row) => (isKept(row, ignored) ? NEITHER : judge(row));
}

function isKept({ event }: LogRow, ignored: ReadonlySet<string>): boolean {
  return event !== undefined && event.traits.stateKey === undefined && ignored.has(event.traits.sender);
}

/** What of counts by the predefined rules is left. */
export function countsByRoom(rules: Exclude<RulesInRoom, 'other'>, counts: UnreadCounts): UnreadCounts {
  if (rules === 'default') return counts;
  const only = ({ highlight }: UnreadCounts['main']): UnreadCounts['main'] =>
    rules === 'nothing' ? { notify: 0, highlight: 0 } : { notify: highlight, highlight };
  const threads = [...counts.threads].map(([threadId, count]) => [threadId, only(count)] as const);
  return { main: only(counts.main), threads: new Map(threads.filter(([, { notify }]) => notify > 0)) };
}

/** Judges events one by one, in the room as it is now. */
export function judgeByRules(rules: CompiledPushRules, contextOf: (sender: string) => PushContext): EventJudge {
  return ({ event, roomVersion }) => {
    if (event === undefined) return NEITHER;
    const view = new PushEventView(readEvent(event.stored, roomVersion));
    const { notifies = false, highlights = false } = evaluatePushRules(rules, view, contextOf(view.sender)) ?? {};
    return { notifies, highlights: notifies && highlights };
  };
}
