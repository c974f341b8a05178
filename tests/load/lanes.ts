import { setTimeout as delay } from 'node:timers/promises';
import type { MatrixClient } from '../support/matrix-client.ts';

const PAUSE_MS = 20;

interface Sent {
  readonly shard: number;
  readonly endedAt: number;
  readonly milliseconds: number;
}

/** One message after the other in each room. */
export class Lanes {
  readonly sent: Sent[] = [];
  readonly acknowledged: string[] = [];
  readonly #running: Promise<unknown>;
  #isStopped = false;

  constructor(client: MatrixClient, rooms: ReadonlyMap<number, string>) {
    this.#running = Promise.all([...rooms].map(([shard, roomId]) => this.#run(client, shard, roomId)));
    this.#running.catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }

  answeredSince(shard: number, since: number): boolean {
    return this.sent.some((sent) => sent.shard === shard && sent.endedAt - sent.milliseconds >= since);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(client: MatrixClient, shard: number, roomId: string): Promise<void> {
    while (!this.#isStopped) {
      const began = performance.now();
      this.acknowledged.push(await client.send(roomId, 'on and on'));
      const endedAt = performance.now();
      this.sent.push({ shard, endedAt, milliseconds: endedAt - began });
      await delay(PAUSE_MS);
    }
  }
}
