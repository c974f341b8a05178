import type { RoomCommand, RoomCommandHandler, RoomCommandResult } from '@plexus/rpc';
import { LRUCache } from 'lru-cache';
import type { CommandContext } from '../commands/execution.ts';
import type { Failpoints } from '../failpoints.ts';
import type { OwnedShards } from '../shards/owned-shards.ts';
import { CommandItem } from '../writing/command-item.ts';
import type { Settled } from '../writing/room-item.ts';
import type { WriteLoop } from '../writing/write-loop.ts';

export interface RoomCommandEndpointPorts {
  readonly shards: OwnedShards;
  readonly loop: WriteLoop;
  readonly context: CommandContext;
  readonly failpoints: Failpoints;
  shardOf(roomId: string): number;
  /** False in fault tests only: then a command may have its effect twice. */
  readonly remembersCommands: boolean;
  settled(outcome: Answer['$case'], command: string): void;
}

type Answer = NonNullable<RoomCommandResult['result']>;

const RECENT_COMMANDS = 10_000;
const RETRY_AFTER_MS = 500;

/** The owner's side of `RoomWriter`. A command that comes twice has one effect and one answer. */
export class RoomCommandEndpoint implements RoomCommandHandler {
  readonly #ports: RoomCommandEndpointPorts;
  readonly #underWay = new Map<string, Promise<Settled>>();
  readonly #recent = new LRUCache<string, Settled>({ max: RECENT_COMMANDS });

  constructor(ports: RoomCommandEndpointPorts) {
    this.#ports = ports;
  }

  async execute(command: RoomCommand): Promise<RoomCommandResult> {
    const result = await this.#answer(command);
    this.#ports.settled(result.$case, command.command?.$case ?? 'none');
    return { correlationId: command.correlationId, result };
  }

  async #answer(command: RoomCommand): Promise<Answer> {
    const { shards, shardOf, loop, failpoints } = this.#ports;
    const owned = shards.find(command.shard);
    if (owned === undefined || owned.isDraining || shardOf(command.roomId) !== command.shard) return NOT_OWNER;
    await failpoints.reach('persister.accepted');
    const known = this.#recent.get(keyOf(command)) ?? this.#underWay.get(keyOf(command));
    if (known !== undefined) return answerOf(await known);
    if (!loop.hasRoomFor(command.roomId)) return { $case: 'overloaded', value: { retryAfterMs: RETRY_AFTER_MS } };
    return answerOf(await this.#enqueue(command));
  }

  async #enqueue(command: RoomCommand): Promise<Settled> {
    const { loop, context, remembersCommands } = this.#ports;
    if (command.command === undefined) return UNKNOWN_COMMAND;
    const item = new CommandItem(command, command.command, { ...context, remembersCommands });
    if (remembersCommands) this.#underWay.set(keyOf(command), item.settled);
    loop.enqueue(item);
    try {
      const settled = await item.settled;
      if (remembersCommands && settled.outcome === 'stored') this.#recent.set(keyOf(command), settled);
      return settled;
    } finally {
      this.#underWay.delete(keyOf(command));
    }
  }
}

function keyOf({ shard, commandId }: RoomCommand): string {
  return `${shard} ${commandId}`;
}

const NOT_OWNER: Answer = { $case: 'notOwner', value: {} };
const UNKNOWN_COMMAND: Settled = {
  outcome: 'refused',
  refused: { errcode: 'M_UNKNOWN', httpStatus: 400, error: 'Unknown command', rule: 'command.unknown' },
};

function answerOf(settled: Settled): Answer {
  if (settled.outcome === 'notOwner') return NOT_OWNER;
  if (settled.outcome === 'failed') return { $case: 'failed', value: { error: settled.because } };
  if (settled.outcome === 'refused') return { $case: 'refused', value: settled.refused };
  return { $case: 'stored', value: { eventIds: [...settled.eventIds], position: settled.position } };
}
