import { creatorsOf, powerLevelOf, requiredPowerLevel } from '@plexus/room-dag';
import { isJsonObject, isUserId, serverNameOf } from '@plexus/matrix-base';
import { appendLocalEvent } from '../commands/append-local-event.ts';
import type { CommandContext, Execution } from '../commands/execution.ts';
import { INCOMPLETE } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import { listMembers } from '../rooms/list-members.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { RoomItem } from '../writing/room-item.ts';

/** Each event of another server resolves over all forward extremities: with more than this, one event of ours merges them. */
export const MANY_EXTREMITIES = 10;

/** Servers know it as an event that clients are not shown. */
const TYPE = 'org.matrix.dummy_event';
const BYTES = 500;

/** Merges a room's forward extremities, where nobody here says anything that would: with an event of a hosted user that means nothing. */
export class MergeExtremitiesItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly byteLength = BYTES;
  readonly enqueuedAt: number;
  readonly commandId = undefined;
  readonly offset = undefined;
  readonly loaded = new Loaded();
  readonly #context: CommandContext;
  readonly #settled: (hasMerged: boolean) => void;
  #hasMerged = false;

  constructor(
    { shard, roomId }: Pick<RoomHead, 'shard' | 'roomId'>,
    context: CommandContext,
    settled: (hasMerged: boolean) => void,
  ) {
    this.shard = shard;
    this.roomId = roomId;
    this.enqueuedAt = context.clock.now();
    this.#context = context;
    this.#settled = settled;
  }

  attempt(edit: RoomEdit): Execution {
    this.#hasMerged = false;
    const { head } = edit;
    if (head === undefined || head.extremities.length <= MANY_EXTREMITIES)
      return { outcome: 'unchanged', eventIds: [] };
    const sender = this.#findSender(edit, head);
    if (edit.isIncomplete) return INCOMPLETE;
    if (sender === undefined) return { outcome: 'unchanged', eventIds: [] };
    const origin = { transactionId: undefined, senderDeviceId: undefined };
    const local = { type: TYPE, sender, stateKey: undefined, content: {}, originServerTs: undefined, origin };
    const appended = appendLocalEvent(edit, head, local, this.#context);
    if (appended.outcome !== 'appended') return appended;
    this.#hasMerged = true;
    const { eventNid, event } = appended.known;
    return { outcome: 'stored', eventNids: [eventNid], eventIds: [event.eventId] };
  }

  poison(): boolean {
    return false;
  }

  settle(): void {
    this.#settled(this.#hasMerged);
  }

  /** A hosted user who is in the room and may send such an event. */
  #findSender(edit: RoomEdit, head: RoomHead): string | undefined {
    const state = edit.authState(head.currentRoot);
    const create = state.find('m.room.create', '');
    const users = state.find('m.room.power_levels', '')?.content['users'];
    const named = [
      ...(create === undefined ? [] : creatorsOf(create)),
      ...(isJsonObject(users) ? Object.keys(users) : []),
    ];
    const required = requiredPowerLevel(state, TYPE, false);
    const candidates = [...new Set([...named, ...listMembers(edit, head)])].filter(isUserId);
    return candidates
      .filter((userId) => edit.isHosted(serverNameOf(userId)) && powerLevelOf(userId, state) >= required)
      .find((userId) => state.find('m.room.member', userId)?.content['membership'] === 'join');
  }
}
