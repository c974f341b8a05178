import { Counter } from 'prom-client';
import { ACCOUNT_TOPIC_SETUP, PublishAccountEvents } from '@plexus/account-events';
import type { Shell } from '@plexus/service-shell';
import type { AccountEventOutbox } from '@plexus/storage';
import type { Topics } from '@plexus/topics';
import { encodeBase64 } from '@plexus/matrix-base';

const SETUP_RETRY_MS = 1_000;
const LOGGED_EVERY_MS = 10_000;

/** Publishes what happens to accounts until the process stops; the topic is made whenever it can be reached. */
export function startAccountEvents(
  { clock, random, registry, logger, shutdown }: Shell,
  { topics, gate }: { readonly topics: Topics; readonly gate: { current(): number } },
  outbox: AccountEventOutbox,
): void {
  const published = new Counter({
    name: 'plexus_account_events_published_total',
    help: 'Facts about accounts that this process put on account.events.',
    registers: [registry],
  });
  const stopping = new AbortController();
  let lastLogged = -Infinity;
  const publish = new PublishAccountEvents({
    outbox,
    producer: topics.producer,
    clock,
    publisher: encodeBase64(random.bytes(12)),
    generation: () => gate.current(),
    published: (events) => published.inc(events),
    failed,
  });
  const running = setUp().then(() => publish.runUntil(stopping.signal));
  shutdown.onStop('account.events', async () => {
    stopping.abort();
    await running;
  });

  async function setUp(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        return await topics.setUp([ACCOUNT_TOPIC_SETUP]);
      } catch (error) {
        failed(error);
        await clock.delay(SETUP_RETRY_MS, stopping.signal);
      }
    }
  }

  function failed(error: unknown): void {
    if (clock.now() - lastLogged < LOGGED_EVERY_MS) return;
    lastLogged = clock.now();
    logger.warn('What happens to accounts cannot be published yet', { err: error });
  }
}
