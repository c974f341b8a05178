import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject } from '@plexus/matrix-base';
import type { RoomVersionRules } from '@plexus/room-dag';
import { eventsOf, Visitor } from '@plexus/testing';
import type { Carrier, ReceivedRequest, ScriptedAnswer } from '@plexus/testing';
import type { DestinationView, GotTransaction } from '../../../support/faults/federation-history.ts';
import type { Random } from '../../../support/faults/random.ts';

const ANSWER_MS = 10;

/** Another server that keeps an eye on what it is sent, and may be out of sorts. */
export class OtherServer {
  readonly visitor: Visitor;
  readonly violations: string[] = [];
  /** How many of ten transactions it does not take. */
  moodiness = 0;
  readonly #random: Random;
  readonly #rules: RoomVersionRules;
  readonly #got: GotTransaction[] = [];
  readonly #texts = new Set<string>();
  readonly #underWay = new Set<string>();
  #wasEverMoody = false;

  private constructor(visitor: Visitor, rules: RoomVersionRules, random: Random) {
    this.visitor = visitor;
    this.#rules = rules;
    this.#random = random;
    visitor.inbox.answer = (request) => this.#take(request);
  }

  /** All rooms are of one version. */
  static async start(
    carrier: Carrier,
    {
      destination,
      rules,
      random,
    }: { readonly destination: string; readonly rules: RoomVersionRules; readonly random: Random },
  ): Promise<OtherServer> {
    return new OtherServer(await Visitor.open(carrier, { destination }), rules, random);
  }

  hasHeard(text: string): boolean {
    return this.#texts.has(text);
  }

  view(): DestinationView {
    return { name: this.visitor.serverName, isSteady: !this.#wasEverMoody, got: this.#got };
  }

  async #take(request: ReceivedRequest): Promise<ScriptedAnswer> {
    const [id = ''] = request.parts;
    const others = [...this.#underWay].filter((other) => other !== id);
    if (others.length > 0) this.violations.push(`${id} comes while ${others.join(', ')} is under way`);
    this.#underWay.add(id);
    await delay(ANSWER_MS);
    this.#underWay.delete(id);
    this.#keep(id, request);
    this.#wasEverMoody ||= this.moodiness > 0;
    if (this.#random.integer(10) >= this.moodiness) return { status: 200, body: { pdus: {} } };
    return this.#random.integer(2) === 0 ? { status: 503, body: {} } : 'reset';
  }

  #keep(transactionId: string, { body, credentials }: ReceivedRequest): void {
    const events = eventsOf(body['pdus'], this.#rules);
    const eventIds = events.map(({ eventId }) => eventId);
    this.#got.push({ transactionId, origin: credentials?.origin ?? '', content: JSON.stringify(body), eventIds });
    for (const { content } of events) {
      const text = isJsonObject(content) ? content['body'] : undefined;
      if (typeof text === 'string') this.#texts.add(text);
    }
  }
}
