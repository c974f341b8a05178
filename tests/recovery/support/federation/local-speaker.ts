import { setTimeout as delay } from 'node:timers/promises';
import type { MatrixClient } from '../../../support/matrix-client.ts';

const AGAIN_MS = 200;

/** A hosted user who says one thing after the other in a room; each is asked for until it is answered. */
export class LocalSpeaker {
  readonly roomId: string;
  readonly said: string[] = [];
  readonly #client: MatrixClient;
  readonly #giveUp: AbortSignal;

  constructor(client: MatrixClient, roomId: string, giveUp: AbortSignal) {
    this.#client = client;
    this.roomId = roomId;
    this.#giveUp = giveUp;
  }

  get answers(): number {
    return this.said.length;
  }

  async speak(): Promise<void> {
    const body = `${this.roomId} ${this.said.length}`;
    const isSaid = await untilDone(() => this.#client.send(this.roomId, body, body), this.#giveUp);
    if (isSaid !== undefined) this.said.push(body);
  }
}

/** Does something again until it is answered well: a fault or a busy machine may be in the way. Nothing where it was given up. */
export async function untilDone<T>(work: () => Promise<T>, giveUp: AbortSignal): Promise<T | undefined> {
  for (;;) {
    try {
      return await work();
    } catch {
      if (giveUp.aborted) return undefined;
      await delay(AGAIN_MS);
    }
  }
}
