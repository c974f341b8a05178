import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@plexus/matrix-base';
import { isJsonObject } from '@plexus/matrix-base';
import type { RoomEvent } from '@plexus/room-dag';
import { federationPath } from '@plexus/testing';
import type { RemoteRoom, Visitor } from '@plexus/testing';
import type { GivenPdu } from '../../../support/faults/federation-history.ts';
import type { Random } from '../../../support/faults/random.ts';

export interface RemoteSpeakerOptions {
  readonly name: string;
  readonly visitor: Visitor;
  readonly room: RemoteRoom;
  readonly random: Random;
  /** Whether it leaves events out, for which it has to be asked. */
  readonly leavesOut: boolean;
  /** Ends even what has no answer yet. */
  readonly giveUp: AbortSignal;
}

interface SpokenPdu {
  readonly event: RoomEvent;
  readonly pdu: JsonObject;
  readonly isSound: boolean;
}

const MOST_AT_ONCE = 4;
const PAUSE_MS = 100;

/**
 * A user of another server who speaks in a room of the hosted one, each event after the one before. Among what it sends is what must not
 * be taken: events that somebody changed on the way, and events of a user who is not in the room. A transaction is repeated until it is answered.
 */
export class RemoteSpeaker {
  readonly given: GivenPdu[] = [];
  readonly incidents: string[] = [];
  readonly #options: RemoteSpeakerOptions;
  #transactions = 0;
  #answers = 0;

  constructor(options: RemoteSpeakerOptions) {
    this.#options = options;
  }

  /** How many transactions were answered. */
  get answers(): number {
    return this.#answers;
  }

  async speak(): Promise<void> {
    const pdus = this.#makePdus();
    this.#transactions += 1;
    const results = await this.#insist(`${this.#options.name}-${this.#transactions}`, pdus);
    if (results === undefined) return;
    this.#answers += 1;
    const { roomId } = this.#options.room;
    for (const { event, isSound } of pdus) {
      const result = results[event.eventId];
      if (!isJsonObject(result)) this.incidents.push(`no result for ${event.eventId} of ${roomId}`);
      else this.given.push({ eventId: event.eventId, roomId, isSound, isRefused: result['error'] !== undefined });
    }
  }

  #makePdus(): SpokenPdu[] {
    const { random, leavesOut } = this.#options;
    const events = Array.from({ length: 1 + random.integer(MOST_AT_ONCE) }, () => this.#say());
    const sent = leavesOut && events.length > 1 && random.integer(3) === 0 ? events.slice(1) : events;
    return [
      ...sent,
      ...(random.integer(4) === 0 ? [this.#changed()] : []),
      ...(random.integer(4) === 0 ? [this.#strange()] : []),
    ];
  }

  #say(): SpokenPdu {
    const { room, name } = this.#options;
    const event = room.say(`${name} says ${room.last.depth}`);
    return { event, pdu: event.pdu, isSound: true };
  }

  #changed(): SpokenPdu {
    const { room, visitor } = this.#options;
    const event = room.build({ type: 'm.room.message', content: { msgtype: 'm.text', body: 'changed' } });
    const signatures = { [visitor.serverName]: { [visitor.key.keyId]: visitor.key.sign('something else') } };
    return { event, pdu: { ...event.pdu, signatures }, isSound: false };
  }

  #strange(): SpokenPdu {
    const { room, visitor } = this.#options;
    const content = { msgtype: 'm.text', body: 'I am not here' };
    const event = room.build({ type: 'm.room.message', sender: visitor.user('stranger'), content });
    return { event, pdu: event.pdu, isSound: false };
  }

  /** The results by event id; nothing where it was given up. */
  async #insist(transactionId: string, spoken: readonly SpokenPdu[]): Promise<JsonObject | undefined> {
    const { visitor, giveUp } = this.#options;
    const pdus = spoken.map(({ pdu }) => pdu);
    const body = { origin: visitor.serverName, origin_server_ts: Date.now(), pdus, edus: [] };
    while (!giveUp.aborted) {
      const answer = await visitor.call('PUT', federationPath('v1/send', transactionId), body).catch(() => undefined);
      if (answer?.status === 200) return answer.body['pdus'] as JsonObject;
      const isRefusal = answer !== undefined && answer.status < 500 && answer.status !== 429;
      if (isRefusal) this.incidents.push(`${transactionId}: ${answer.status} ${JSON.stringify(answer.body)}`);
      await delay(PAUSE_MS);
    }
    return undefined;
  }
}
