import { encodeUrlSafeBase64, heardLater } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { ImportRoom, PieceEvent, RoomCommandReply, RoomWriter } from '@plexus/rpc';
import { outcomeOf } from './import-room.ts';
import type { ImportOutcome } from './import-room.ts';
import type { EventToStage } from './stage-events.ts';

export interface HandOverPorts {
  readonly writer: RoomWriter;
  readonly random: RandomSource;
}

/** The room whose state it is, and the hosted server for which it was asked for. */
export interface HandedRoom {
  readonly roomId: string;
  readonly roomVersion: string;
  readonly destination: string;
}

/** An event, and whether it is in the state; else others cite it. */
export interface HandedEvent {
  readonly event: EventToStage;
  readonly isInState: boolean;
}

/** So many pieces are under way: the owner reads one while another is being stored. */
const AT_ONCE = 2;

/**
 * Hands a state over to the owner of a room that is here, piece by piece: each is stored while the next ones are verified.
 *
 *     give ──► give ──► … ──► finish ──► the owner's answer
 *      └─────────┴─────────────┴──► nothing, where it does not know pieces (of the release before) or remember all of them: it is to be staged whole
 */
export class HandOverState {
  readonly #ports: HandOverPorts;
  readonly #room: HandedRoom;
  readonly #importId: string;
  readonly #underWay: Promise<void>[] = [];
  #given = 0;
  #isKnown = false;
  #isTaken = true;

  constructor(ports: HandOverPorts, room: HandedRoom) {
    this.#ports = ports;
    this.#room = room;
    this.#importId = encodeUrlSafeBase64(ports.random.bytes(18));
  }

  /** Cited events before those that cite them. Waits where too much is under way; an owner that did not take a piece is given no more. */
  async give(events: readonly HandedEvent[]): Promise<void> {
    // @NOTE Further pieces than the first one are for an owner that has begun.
    if (this.#underWay.length >= (this.#isKnown ? AT_ONCE : 1)) await this.#underWay.shift();
    if (!this.#isTaken || events.length === 0) return;
    const giving = heardLater(this.#givePiece(events, this.#given));
    this.#given += events.length;
    this.#underWay.push(giving);
  }

  /** Has the owner take what it was given as the state before this event. Nothing where it cannot. */
  async finish(
    join: Pick<EventToStage, 'eventId' | 'bytes'>,
    asked: Pick<ImportRoom, 'origin' | 'partial' | 'serversInRoom'>,
  ): Promise<ImportOutcome | undefined> {
    await Promise.all(this.#underWay);
    if (!this.#isTaken) return undefined;
    const { roomId, roomVersion, destination } = this.#room;
    const joinEvent = toPieceEvent({ event: join, isInState: false });
    const [importId, eventsInPieces] = [this.#importId, this.#given];
    const value = { ...asked, importId, roomVersion, destination, joinEvent, eventsInPieces, events: [] };
    const reply = await this.#ports.writer.execute({
      commandId: importId,
      roomId,
      command: { $case: 'importRoom', value },
    });
    return isUnknownState(reply) ? undefined : outcomeOf(reply);
  }

  async #givePiece(events: readonly HandedEvent[], eventsBefore: number): Promise<void> {
    const { roomId, roomVersion, destination } = this.#room;
    const importId = this.#importId;
    const value = { importId, roomVersion, destination, eventsBefore, events: events.map(toPieceEvent) };
    const reply = await this.#ports.writer.execute({
      commandId: `${importId} ${eventsBefore}`,
      roomId,
      command: { $case: 'takeStatePiece', value },
    });
    if (reply.$case === 'stored') this.#isKnown = true;
    else this.#isTaken = false;
  }
}

export function toPieceEvent({ event, isInState }: HandedEvent): PieceEvent {
  const { eventId, bytes, isRedactedCopy = false } = event;
  return { eventId, json: bytes, isRedactedCopy, isInState };
}

/** An owner of the release before looks for what is staged, or for pieces that came before. */
export function isUnknownState(reply: RoomCommandReply): boolean {
  return reply.$case === 'refused' && ['import.forgotten', 'import.staged'].includes(reply.value.rule);
}
