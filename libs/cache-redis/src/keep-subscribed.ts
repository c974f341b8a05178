import type { Cluster, Redis } from 'ioredis';

export interface Subscription {
  readonly channel: string;
  /** The server refuses it on a connection that stands. It is tried again after a while, and with each further connection. */
  readonly failed: (error: unknown) => void;
}

/** How long a server that refuses is left alone. */
const RETRY_MS = 1_000;

/** Subscribes whenever the client is ready, for as long as it lives. */
export function keepSubscribed(client: Redis | Cluster, { channel, failed }: Subscription): void {
  let retry: NodeJS.Timeout | undefined;
  client.on('ready', () => void subscribe());
  client.once('end', () => clearTimeout(retry));

  async function subscribe(): Promise<void> {
    clearTimeout(retry);
    try {
      await client.subscribe(channel);
    } catch (error) {
      // Where the connection broke off, the next one subscribes.
      if (client.status !== 'ready') return;
      failed(error);
      retry = setTimeout(() => void subscribe(), RETRY_MS).unref();
    }
  }
}
