import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { ReceivedRequest, ScriptedAnswer } from '@plexus/testing';
import type { Routes } from '../../support/matrix-client.ts';
import type { Random } from '../../support/faults/random.ts';
import { VisitingServer } from '../../support/visiting-server.ts';

const ANSWER_MS = 10;

/** Another server that keeps an eye on what it is sent, and may be out of sorts. */
export class OtherServer {
  readonly visitor: VisitingServer;
  readonly violations: string[] = [];
  /** How many of ten transactions it does not take. */
  moodiness = 0;
  readonly #random: Random;
  readonly #bodies = new Map<string, string>();
  readonly #underWay = new Set<string>();
  /** Texts of messages, each when it came first. */
  readonly #said = new Set<string>();

  private constructor(visitor: VisitingServer, random: Random) {
    this.visitor = visitor;
    this.#random = random;
    visitor.answer = (request) => this.#take(request);
  }

  static async start(routes: Routes, destination: string, random: Random): Promise<OtherServer> {
    return new OtherServer(await VisitingServer.start(routes, destination), random);
  }

  /** What was said, in the order in which it came first. */
  said(beginning: string): string[] {
    return [...this.#said].filter((text) => text.startsWith(beginning));
  }

  hasHeard(text: string): boolean {
    return this.#said.has(text);
  }

  async #take(request: ReceivedRequest): Promise<ScriptedAnswer> {
    const [id = ''] = request.parts;
    const body = JSON.stringify(request.body);
    const known = this.#bodies.get(id) ?? body;
    this.#bodies.set(id, known);
    if (known !== body) this.violations.push(`two contents of the transaction ${id}`);
    const others = [...this.#underWay].filter((other) => other !== id);
    if (others.length > 0) this.violations.push(`${id} comes while ${others.join(', ')} is under way`);
    this.#underWay.add(id);
    await delay(ANSWER_MS);
    this.#underWay.delete(id);
    for (const text of textsIn(request.body)) this.#said.add(text);
    if (this.#random.integer(10) >= this.moodiness) return { status: 200, body: { pdus: {} } };
    return this.#random.integer(2) === 0 ? { status: 503, body: {} } : 'reset';
  }
}

function textsIn({ pdus }: JsonObject): string[] {
  if (!Array.isArray(pdus)) return [];
  return pdus.flatMap((pdu) => {
    const content = isJsonObject(pdu) ? pdu['content'] : undefined;
    const text = isJsonObject(content) ? content['body'] : undefined;
    return typeof text === 'string' ? [text] : [];
  });
}
