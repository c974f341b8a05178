import type { UserRoomProjection } from '@plexus/storage';
import type {
  DropParked,
  ProtoEvent,
  RoomCommand,
  RoomCommandHandler,
  RoomCommandResult,
  UserReceipt,
} from '@plexus/rpc';
import { isRoomId } from '@plexus/matrix-base';
import { LRUCache } from 'lru-cache';
import type { CommandContext } from '../commands/execution.ts';
import type { Failpoints } from '../failpoints.ts';
import { noRoomOf } from '../shards/no-room.ts';
import type { ImportRequest, RoomImporter } from '../imports/room-importer.ts';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { OwnedShards } from '../shards/owned-shards.ts';
import type { ReceiptCollector } from '../receipts/receipt-collector.ts';
import { CommandItem } from '../writing/command-item.ts';
import type { Settled } from '../writing/room-item.ts';
import { serverOfCommand } from '../writing/server-of-command.ts';
import type { WriteLoop } from '../writing/write-loop.ts';
import { toReceivedPdu } from './received-pdu.ts';

export interface RoomCommandEndpointPorts {
  readonly shards: OwnedShards;
  readonly loop: WriteLoop;
  readonly receipts: ReceiptCollector;
  readonly imports: RoomImporter;
  readonly projection: Pick<UserRoomProjection, 'removeUserRoom'>;
  readonly context: CommandContext;
  readonly failpoints: Failpoints;
  shardOf(roomId: string): number;
  /** False in fault tests only: then a command may have its effect twice. */
  readonly remembersCommands: boolean;
  settled(outcome: Answer['$case'], command: string): void;
  /** A PDU that waited was given up. */
  dropped(place: { readonly roomId: string; readonly eventId: string }, because: string): void;
  /** Whether the process gives up all of its shards, to end. */
  isLeaving(): boolean;
  /** Takes those of these shards that nobody owns. */
  takeFree(shards: readonly number[]): Promise<void>;
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

  takeShards(shards: readonly number[]): Promise<void> {
    return this.#ports.takeFree(shards);
  }

  async #answer(command: RoomCommand): Promise<Answer> {
    const { shards, loop, failpoints } = this.#ports;
    const owned = shards.find(command.shard);
    if (owned === undefined) return NOT_OWNER;
    if (owned.isDraining) return this.#answerDraining(owned);
    const obstacle = this.#findObstacle(command);
    if (obstacle !== undefined) return obstacle;
    if (textsToStore(command).some((text) => text.includes('\0'))) return answerOf(NUL_IN_TEXT);
    await failpoints.reach('persister.accepted');
    const known = this.#recent.get(this.#recentKeyOf(command)) ?? this.#underWay.get(keyOf(command));
    if (known !== undefined) return answerOf(await known);
    if (!loop.hasRoomFor(command.roomId) || !loop.hasShareFor(serverOfCommand(command.command))) return OVERLOADED;
    return answerOf(await this.#enqueue(command));
  }

  /**
   * Of a process that leaves nobody takes a shard before it is given up: whoever looks for its next owner sooner looks in vain, and then pauses. What the
   * group has assigned to somebody else may have its next owner already.
   */
  async #answerDraining(owned: OwnedShard): Promise<Answer> {
    if (this.#ports.isLeaving()) await owned.ended;
    return NOT_OWNER;
  }

  /** A dead letter may belong to no room of its shard. */
  #findObstacle({ shard, roomId, command }: RoomCommand): Answer | undefined {
    if (command?.$case === 'deadLetter' && roomId === noRoomOf(shard)) return undefined;
    if (this.#ports.shardOf(roomId) !== shard) return NOT_OWNER;
    return isRoomId(roomId) ? undefined : answerOf(UNKNOWN_ROOM);
  }

  async #enqueue(command: RoomCommand): Promise<Settled> {
    const { loop, context, remembersCommands } = this.#ports;
    if (command.command === undefined) return UNKNOWN_COMMAND;
    if (command.command.$case === 'setReceipts') return this.#ports.receipts.execute(command, command.command.value);
    if (command.command.$case === 'takeStatePiece')
      return this.#ports.imports.takePiece(command, command.command.value);
    if (command.command.$case === 'importRoom' || command.command.$case === 'storeHistory') {
      return await this.#import(command, command.command);
    }
    const item = new CommandItem(command, command.command, { ...context, remembersCommands });
    if (remembersCommands) this.#underWay.set(keyOf(command), item.settled);
    loop.enqueue(item);
    try {
      const settled = await item.settled;
      if (command.command.$case === 'forgetUser' && settled.outcome === 'stored') {
        return await this.#forget(command.command.value.userId, command.roomId, settled);
      }
      if (command.command.$case === 'dropParked' && settled.outcome === 'stored')
        this.#reportDropped(command.roomId, command.command.value);
      if (remembersCommands && settled.outcome === 'stored') this.#recent.set(this.#recentKeyOf(command), settled);
      return settled;
    } finally {
      this.#underWay.delete(keyOf(command));
    }
  }

  /** @NOTE Where a shard's row turned out to be other than remembered, what was done before may be undone: Postgres knows. */
  #recentKeyOf(command: RoomCommand): string {
    return `${this.#ports.shards.versionOf(command.shard)} ${keyOf(command)}`;
  }

  #reportDropped(roomId: string, { eventIds, because }: DropParked): void {
    for (const eventId of eventIds) this.#ports.dropped({ roomId, eventId }, because);
  }

  /** @NOTE It takes long, so that it is asked for again meanwhile. */
  async #import(command: RoomCommand, request: ImportRequest): Promise<Settled> {
    const done = this.#ports.imports.execute(command, request);
    this.#underWay.set(keyOf(command), done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(keyOf(command));
    }
  }

  /** A crash before this leaves the membership; the command is repeated, and does this again. */
  async #forget(userId: string, roomId: string, settled: Settled): Promise<Settled> {
    try {
      await this.#ports.projection.removeUserRoom(userId, roomId);
      return settled;
    } catch (error) {
      return { outcome: 'failed', because: String(error) };
    }
  }
}

function keyOf({ shard, commandId }: RoomCommand): string {
  return `${shard} ${commandId}`;
}

/** What the command brings besides an event, which is kept as bytes. Postgres cannot keep a NUL in a text. */
function textsToStore({ commandId, command }: RoomCommand): string[] {
  if (command?.$case === 'changeMembership') return [commandId, command.value.senderDeviceId];
  if (command?.$case === 'setReceipts') return [command.value.userId, ...command.value.receipts.flatMap(receiptTexts)];
  if (command?.$case === 'acceptPdu') return [commandId, command.value.eventId];
  if (command?.$case === 'receiveMembership') return [commandId, command.value.userId, command.value.eventId];
  if (command?.$case === 'createRoom') return [commandId, ...command.value.events.flatMap(originTexts)];
  const event = command?.$case === 'sendEvent' ? command.value.event : undefined;
  return event === undefined ? [commandId] : [commandId, ...originTexts(event)];
}

function receiptTexts({ receiptType, eventId, threadId }: UserReceipt): string[] {
  return [receiptType, eventId, threadId];
}

function originTexts({ transactionId, senderDeviceId }: ProtoEvent): string[] {
  return [transactionId, senderDeviceId];
}

const OVERLOADED: Answer = { $case: 'overloaded', value: { retryAfterMs: RETRY_AFTER_MS } };
const NOT_OWNER: Answer = { $case: 'notOwner', value: {} };
const UNKNOWN_ROOM: Settled = {
  outcome: 'refused',
  refused: { errcode: 'M_NOT_FOUND', httpStatus: 404, error: 'Unknown room', rule: 'room.unknown' },
};
const NUL_IN_TEXT: Settled = {
  outcome: 'refused',
  refused: { errcode: 'M_INVALID_PARAM', httpStatus: 400, error: 'An identifier holds a NUL', rule: 'command.nul' },
};
const UNKNOWN_COMMAND: Settled = {
  outcome: 'refused',
  refused: { errcode: 'M_UNKNOWN', httpStatus: 400, error: 'Unknown command', rule: 'command.unknown' },
};

function answerOf(settled: Settled): Answer {
  if (settled.outcome === 'notOwner') return NOT_OWNER;
  if (settled.outcome === 'failed') return { $case: 'failed', value: { error: settled.because } };
  if (settled.outcome === 'refused') return { $case: 'refused', value: settled.refused };
  if (settled.outcome === 'received') return { $case: 'received', value: toReceivedPdu(settled) };
  return { $case: 'stored', value: { eventIds: [...settled.eventIds], position: settled.position } };
}
