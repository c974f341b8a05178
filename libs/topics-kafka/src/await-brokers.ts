import type { Clock } from '@plexus/matrix-base';

export interface BrokerPatience {
  readonly clock: Clock;
  readonly withinMs: number;
  readonly pauseMs: number;
}

/**
 * Repeats what makes a topic while the controller knows too few brokers for it.
 *
 * @NOTE A broker that starts, or was silent for a moment, does not count; to the client it looks as if it would never do.
 */
export async function awaitBrokers<T>(make: () => Promise<T>, patience: BrokerPatience): Promise<T> {
  const { clock, withinMs, pauseMs } = patience;
  const end = clock.now() + withinMs;
  for (;;) {
    try {
      return await make();
    } catch (error) {
      if (!isForLackOfBrokers(error) || clock.now() >= end) throw error;
    }
    await clock.delay(pauseMs);
  }
}

function isForLackOfBrokers(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'KafkaJSBrokerNotFound') return true;
  if ('type' in error && error.type === 'INVALID_REPLICATION_FACTOR') return true;
  const parts: readonly unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return parts.some(isForLackOfBrokers) || isForLackOfBrokers(error.cause);
}
