import type { SetReceipts } from '@plexus/rpc';
import type { CommandContext, Execution } from '../commands/execution.ts';
import { INCOMPLETE, refuse } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomItem, Settled } from '../writing/room-item.ts';
import { serverOfCommand } from '../writing/server-of-command.ts';
import { setReceipts } from './set-receipts.ts';
import type { SetOutcome } from './set-receipts.ts';

interface Waiting {
  readonly command: SetReceipts;
  readonly settle: (settled: Settled) => void;
}

const RECEIPT_BYTES = 500;
/** So that the row of the log stays small. */
const MAX_COMMANDS = 100;

/**
 * Receipts of several users in one room, for one row of the log. A repeated command has no effect, since its receipt is not newer; so no command is
 * remembered.
 */
export class ReceiptsItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly enqueuedAt: number;
  readonly commandId = undefined;
  readonly offset = undefined;
  readonly loaded = new Loaded();
  readonly #context: CommandContext;
  readonly #waiting: Waiting[] = [];
  #outcomes: readonly SetOutcome[] = [];

  constructor({ shard, roomId }: { readonly shard: number; readonly roomId: string }, context: CommandContext) {
    this.shard = shard;
    this.roomId = roomId;
    this.enqueuedAt = context.clock.now();
    this.#context = context;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MAX_COMMANDS;
  }

  /** The server of the first of the users. */
  get serverName(): string {
    const value = this.#waiting[0]?.command;
    return value === undefined ? '' : serverOfCommand({ $case: 'setReceipts', value });
  }

  get byteLength(): number {
    return this.#waiting.length * RECEIPT_BYTES;
  }

  /** To be called before it is enqueued. */
  add(command: SetReceipts): Promise<Settled> {
    const { promise, resolve } = Promise.withResolvers<Settled>();
    this.#waiting.push({ command, settle: resolve });
    return promise;
  }

  attempt(edit: RoomEdit): Execution {
    const { head } = edit;
    if (head === undefined) return refuse('M_FORBIDDEN', 403, 'room.unknown', 'Unknown room');
    const outcomes: SetOutcome[] = [];
    for (const { command } of this.#waiting) {
      const outcome = setReceipts(edit, head, command, this.#context);
      if (outcome.outcome === 'set') edit.noteReceipts(outcome.newer);
      outcomes.push(outcome);
    }
    if (edit.isIncomplete) return INCOMPLETE;
    this.#outcomes = outcomes;
    const newer = outcomes.flatMap((outcome) => (outcome.outcome === 'set' ? outcome.newer : []));
    if (newer.length === 0) return { outcome: 'unchanged', eventIds: [] };
    edit.appendReceipts(head, newer);
    return { outcome: 'stored', eventNids: [], eventIds: [] };
  }

  poison(): boolean {
    return false;
  }

  settle(settled: Settled): void {
    for (const [index, { settle }] of this.#waiting.entries()) {
      const outcome = this.#outcomes[index];
      settle(settled.outcome === 'stored' && outcome?.outcome === 'refused' ? outcome : settled);
    }
  }
}
