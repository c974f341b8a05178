import type { RoomCommand } from '@plexus/rpc';
import { executeCommand } from '../commands/execute-command.ts';
import { discarded } from '../commands/discarded.ts';
import type { CommandContext, Execution } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomItem, Settled } from './room-item.ts';
import { serverOfCommand } from './server-of-command.ts';

/** So much of a command is not counted by its content. */
const COMMAND_BYTES = 1_000;

/** A command of another service. */
export class CommandItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly serverName: string;
  /** Nothing for a PDU, which is known by its own id. */
  readonly commandId: string | undefined;
  readonly byteLength: number;
  readonly enqueuedAt: number;
  readonly offset = undefined;
  readonly traceparent: string;
  readonly loaded = new Loaded();
  readonly settled: Promise<Settled>;
  readonly settle: (settled: Settled) => void;
  readonly #command: NonNullable<RoomCommand['command']>;
  readonly #context: CommandContext;
  readonly #isDiscarded: boolean;

  constructor(
    {
      shard,
      roomId,
      commandId,
      discard,
      traceparent,
    }: Pick<RoomCommand, 'shard' | 'roomId' | 'commandId' | 'discard' | 'traceparent'>,
    command: NonNullable<RoomCommand['command']>,
    context: CommandContext & { readonly remembersCommands: boolean },
  ) {
    this.shard = shard;
    this.roomId = roomId;
    this.serverName = serverOfCommand(command);
    this.commandId = context.remembersCommands && command.$case !== 'acceptPdu' ? commandId : undefined;
    this.traceparent = traceparent;
    this.enqueuedAt = context.clock.now();
    this.#command = command;
    this.#context = context;
    this.#isDiscarded = discard === true;
    this.byteLength = COMMAND_BYTES + sizeOf(command);
    const { promise, resolve } = Promise.withResolvers<Settled>();
    this.settled = promise;
    this.settle = resolve;
  }

  attempt(edit: RoomEdit): Execution {
    if (this.#isDiscarded) return discarded(edit, this.#command, this.#context);
    return executeCommand(edit, this.#command, this.#context);
  }

  poison(): boolean {
    return false;
  }
}

function sizeOf(command: NonNullable<RoomCommand['command']>): number {
  if (command.$case === 'sendEvent') return command.value.event?.content.length ?? 0;
  if (command.$case === 'changeMembership') return command.value.content.length;
  if (command.$case === 'acceptPdu') return command.value.json.length;
  if (command.$case === 'receiveMembership') return command.value.json.length + command.value.strippedState.length;
  if (command.$case !== 'createRoom') return 0;
  return command.value.events.reduce((sum, { content }) => sum + content.length, command.value.createEvent.length);
}
