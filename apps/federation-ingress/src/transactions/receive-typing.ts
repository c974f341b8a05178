import type { JsonObject } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { Parties } from '../authentication/parties.ts';
import type { EphemeralRecords } from './ephemeral-records.ts';
import type { EduReceiver } from './edu-receiver.ts';
import { findRoomForPdus } from './room-for-pdus.ts';
import type { FindRoomForPdusPorts } from './room-for-pdus.ts';
import { isUserOf } from './user-of.ts';

export interface ReceiveTypingPorts extends FindRoomForPdusPorts {
  readonly states: Pick<RoomState, 'find'>;
  readonly records: Pick<EphemeralRecords, 'publishTyping'>;
}

/** The EDU does not say for how long; a server says it again as long as it is so. */
const TIMEOUT_MS = 60_000;

/** A user types, or has stopped (https://spec.matrix.org/v1.19/server-server-api/#typing-notifications). */
export class ReceiveTyping implements EduReceiver {
  readonly #ports: ReceiveTypingPorts;

  constructor(ports: ReceiveTypingPorts) {
    this.#ports = ports;
  }

  async execute(parties: Parties, { room_id: roomId, user_id: userId, typing }: JsonObject): Promise<boolean> {
    if (typeof roomId !== 'string' || typeof typing !== 'boolean' || !isUserOf(userId, parties.origin)) return false;
    const found = await findRoomForPdus(this.#ports, parties, roomId);
    if (found.outcome !== 'open') return false;
    const { room } = found;
    const key = { type: 'm.room.member', stateKey: userId };
    const member = await this.#ports.states.find(room, room.currentRoot, key);
    if (member?.content['membership'] !== 'join') return false;
    this.#ports.records.publishTyping({ roomId, userId, timeoutMs: typing ? TIMEOUT_MS : 0 });
    return true;
  }
}
