import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersion } from '@plexus/room-dag';
import type { PieceEvent, ProtoEvent, RoomCommand } from '@plexus/rpc';
import { roomShardOf } from '@plexus/storage';
import type { HostedServerKeys } from '@plexus/storage';
import type { FederationPduRecord } from '@plexus/topics';
import { serverNameOf } from '@plexus/matrix-base';

export const ROOM_SHARDS = 4;

/** What `buildCreateRoom` makes of a few words. */
export interface RoomWish {
  readonly creator: string;
  readonly version?: RoomVersion;
  readonly commandId?: string;
  readonly joinRules?: JsonObject;
  readonly powerLevels?: JsonObject;
  /** Appended after the usual ones. */
  readonly events?: readonly ProtoEvent[];
  readonly isLocal?: boolean;
}

export interface MadeRoom {
  readonly roomId: string;
  readonly command: RoomCommand;
}

let made = 0;

export function nextCommandId(): string {
  made += 1;
  return `command-${made}`;
}

/** A command that creates a room as a client's request would. */
export function buildCreateRoom(wish: RoomWish, keys: HostedServerKeys): MadeRoom {
  const version = wish.version ?? '11';
  const rules = findRoomVersion(version);
  const serverName = serverNameOf(wish.creator);
  const key = keys.findSigningKey(serverName);
  if (rules === undefined || key === undefined) throw new Error('no such version or server');
  const suffix = nextCommandId();
  const content: JsonObject = { room_version: version };
  if (!rules.creatorIsSender) content['creator'] = wish.creator;
  if (wish.isLocal === true) content['m.federate'] = false;
  const built = buildRoomEvent(
    {
      type: 'm.room.create',
      sender: wish.creator,
      roomId: rules.roomIdIsCreateEventHash ? undefined : `!${suffix}:${serverName}`,
      stateKey: '',
      content,
      prevEvents: [],
      authEvents: [],
      depth: 1,
      originServerTs: 1_700_000_000_000 + made,
      eventId: rules.eventIdFormat === 'server-chosen' ? `$create-${suffix}:${serverName}` : undefined,
      referenceHashes: new Map(),
    },
    rules,
    [{ serverName, key }],
  );
  if (built.outcome !== 'ok') throw new Error(built.because);
  const { roomId } = built.event;
  const users = rules.privilegedCreators ? {} : { [wish.creator]: 100 };
  const events = [
    buildState('m.room.member', wish.creator, wish.creator, { membership: 'join' }),
    buildState('m.room.power_levels', '', wish.creator, { users, ...wish.powerLevels }),
    buildState('m.room.join_rules', '', wish.creator, wish.joinRules ?? { join_rule: 'public' }),
    ...(wish.events ?? []),
  ];
  const value = { roomVersion: version, createEvent: built.bytes, events };
  return {
    roomId,
    command: buildCommand(roomId, { $case: 'createRoom', value }, wish.commandId),
  };
}

export function buildMessage(roomId: string, sender: string, body: string, commandId?: string): RoomCommand {
  const event = buildProto('m.room.message', sender, { body, msgtype: 'm.text' });
  return buildCommand(roomId, { $case: 'sendEvent', value: { event } }, commandId);
}

export function buildSend(roomId: string, event: ProtoEvent, commandId?: string): RoomCommand {
  return buildCommand(roomId, { $case: 'sendEvent', value: { event } }, commandId);
}

export interface MembershipWish {
  readonly sender: string;
  readonly target?: string;
  readonly membership: string;
  readonly content?: JsonObject;
  readonly onlyFrom?: readonly string[];
  readonly commandId?: string;
}

export function buildMembership(roomId: string, wish: MembershipWish): RoomCommand {
  const value = {
    sender: wish.sender,
    targetUserId: wish.target ?? wish.sender,
    membership: wish.membership,
    content: Buffer.from(JSON.stringify(wish.content ?? {})),
    senderDeviceId: '',
    onlyFrom: [...(wish.onlyFrom ?? [])],
  };
  return buildCommand(roomId, { $case: 'changeMembership', value }, wish.commandId);
}

export interface ReceiptWish {
  readonly eventId: string | undefined;
  readonly receiptType?: string;
  readonly threadId?: string;
}

export function buildReceipts(roomId: string, userId: string, wishes: readonly ReceiptWish[]): RoomCommand {
  const receipts = wishes.map(({ eventId = '', receiptType = 'm.read', threadId = '' }) => {
    return { eventId, receiptType, threadId, setAt: 1_700_000_000_000 };
  });
  return buildCommand(roomId, { $case: 'setReceipts', value: { userId, receipts } });
}

export function buildAcceptPdu(record: FederationPduRecord): RoomCommand {
  const { roomId, receivedAt: _receivedAt, ...pdu } = record;
  return buildCommand(roomId, { $case: 'acceptPdu', value: pdu });
}

export interface ImportWish {
  readonly importId: string;
  readonly roomVersion: string;
  readonly partial?: boolean;
  readonly serversInRoom?: readonly string[];
  readonly afterGap?: boolean;
  readonly baseEventId?: string;
  /** Of a state that came in pieces, or comes with the command. */
  readonly joinEvent?: PieceEvent;
  readonly eventsInPieces?: number;
  readonly events?: readonly PieceEvent[];
}

export function buildImportRoom(roomId: string, wish: ImportWish): RoomCommand {
  const { importId, roomVersion, partial = false, serversInRoom = [], joinEvent, eventsInPieces, events = [] } = wish;
  const between = { origin: 'remote.example', destination: 'one.example' };
  const inPieces = { joinEvent, eventsInPieces, events: [...events] };
  const value = { ...between, ...inPieces, importId, roomVersion, partial, serversInRoom: [...serversInRoom] };
  return buildCommand(roomId, { $case: 'importRoom', value });
}

export interface PieceWish extends Pick<ImportWish, 'importId' | 'roomVersion'> {
  readonly eventsBefore?: number;
  readonly events: readonly PieceEvent[];
}

export function buildTakeStatePiece(
  roomId: string,
  { importId, roomVersion, eventsBefore = 0, events }: PieceWish,
): RoomCommand {
  const value = { importId, roomVersion, destination: 'one.example', eventsBefore, events: [...events] };
  return buildCommand(roomId, { $case: 'takeStatePiece', value });
}

export function buildStoreHistory(
  roomId: string,
  { importId, roomVersion, afterGap = false, baseEventId }: ImportWish,
): RoomCommand {
  const between = { origin: 'remote.example', destination: 'one.example' };
  const value = { ...between, importId, roomVersion, afterGap, ...(baseEventId !== undefined && { baseEventId }) };
  return buildCommand(roomId, { $case: 'storeHistory', value });
}

export function buildDropParked(roomId: string, eventIds: readonly string[]): RoomCommand {
  return buildCommand(roomId, { $case: 'dropParked', value: { eventIds: [...eventIds], because: 'nobody has it' } });
}

export interface OutsideMembershipWish {
  readonly strippedState?: readonly JsonObject[];
  readonly onlyFrom?: readonly string[];
}

export function buildReceiveMembership(
  record: Pick<FederationPduRecord, 'roomId' | 'roomVersion' | 'eventId' | 'json' | 'origin'>,
  userId: string,
  { strippedState = [], onlyFrom = [] }: OutsideMembershipWish = {},
): RoomCommand {
  const { roomId, roomVersion, eventId, json, origin } = record;
  const told = Buffer.from(JSON.stringify(strippedState));
  const value = {
    roomVersion,
    eventId,
    json,
    origin,
    userId,
    strippedState: told,
    reason: '',
    onlyFrom: [...onlyFrom],
  };
  return buildCommand(roomId, { $case: 'receiveMembership', value });
}

export function buildState(type: string, stateKey: string, sender: string, content: JsonObject): ProtoEvent {
  return { ...buildProto(type, sender, content), stateKey };
}

export function buildProto(type: string, sender: string, content: JsonObject): ProtoEvent {
  return {
    type,
    sender,
    stateKey: undefined,
    content: Buffer.from(JSON.stringify(content)),
    redacts: '',
    originServerTs: 0,
    transactionId: '',
    senderDeviceId: '',
  };
}

export function buildCommand(
  roomId: string,
  command: NonNullable<RoomCommand['command']>,
  commandId = nextCommandId(),
): RoomCommand {
  return { correlationId: 1, commandId, shard: roomShardOf(roomId, ROOM_SHARDS), roomId, traceparent: '', command };
}

export const testRandom: RandomSource = {
  bytes: (length) => Buffer.from(Array.from({ length }, () => Math.floor(Math.random() * 256))),
  fraction: () => 0.5,
};
