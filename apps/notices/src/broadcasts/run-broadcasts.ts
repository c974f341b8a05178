import type { Clock, JsonObject } from '@plexus/matrix-base';
import { isJsonObject } from '@plexus/matrix-base';
import type { Broadcast, BroadcastRepository, RecipientOutcome } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';
import type { SendNotice } from '../sending/send-notice.ts';

export interface RunBroadcastsPorts {
  readonly broadcasts: BroadcastRepository;
  readonly sendNotice: Pick<SendNotice, 'execute'>;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
}

/** Told how it goes; must not throw. */
export interface BroadcastObserver {
  broadcastSent(broadcast: Broadcast, outcomes: readonly RecipientOutcome[]): void;
  broadcastCompleted(broadcast: Broadcast): void;
  broadcastFailed(error: unknown): void;
}

const MOST_AT_ONCE = 50;
const LISTED_AT_ONCE = 1_000;
/** Longer than a batch takes; sent twice, a notice is one event still. */
const CLAIM_MS = 10_000;
const AGAIN_MS = 2_000;
const IDLE_MS = 1_000;
const FAILED_MS = 1_000;
const SHORTEST_WAIT_MS = 10;
/** Somebody else's recipients are not done yet. */
const OTHERS_MS = 200;
const KEPT_MS = 90 * 86_400_000;
const REMOVED_AT_ONCE = 10_000;

/**
 * Sends broadcasts, in every replica: a turn belongs to whoever takes it, and turns come at the broadcast's rate.
 *
 *     take a turn ──not all listed──► write the next recipients down
 *          │
 *          └──► claim recipients ──► send to each ──► write down what became of them ──► nobody waits: complete
 *                   ▲                    │
 *                   └── another replica, when the claim has run out: the same command, so the same event
 */
export class RunBroadcasts {
  readonly #ports: RunBroadcastsPorts;
  readonly #observer: BroadcastObserver;

  constructor(ports: RunBroadcastsPorts, observer: BroadcastObserver) {
    this.#ports = ports;
    this.#observer = observer;
  }

  /** Works until the signal aborts, on so many turns at once. */
  async runUntil(stopping: AbortSignal, atOnce = 2): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, () => this.#workUntil(stopping)));
  }

  /** Takes one turn, if one is due. Returns how long there is nothing to do, in milliseconds. */
  async runOnce(): Promise<number> {
    const { broadcasts } = this.#ports;
    const turn = await broadcasts.takeTurn(MOST_AT_ONCE);
    if (turn.outcome === 'wait') return Math.min(Math.max(turn.forMs ?? IDLE_MS, SHORTEST_WAIT_MS), IDLE_MS);
    const { broadcast, listedTo, batch } = turn;
    if (!broadcast.isListed) {
      await broadcasts.listRecipients(broadcast, listedTo, LISTED_AT_ONCE);
      return 0;
    }
    return this.#send(broadcast, batch);
  }

  /** Forgets what was finished long ago. */
  removeOld(): Promise<number> {
    return this.#ports.broadcasts.removeFinished(KEPT_MS, REMOVED_AT_ONCE);
  }

  async #workUntil(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const waitMs = await this.#tryOnce();
      if (waitMs > 0) await this.#ports.clock.delay(waitMs, stopping);
    }
  }

  async #tryOnce(): Promise<number> {
    try {
      return await this.runOnce();
    } catch (error) {
      this.#observer.broadcastFailed(error);
      return FAILED_MS;
    }
  }

  async #send(broadcast: Broadcast, batch: number): Promise<number> {
    const { broadcasts, failpoints } = this.#ports;
    const { broadcastId } = broadcast;
    const { claim, userIds } = await broadcasts.claimRecipients(broadcastId, batch, CLAIM_MS);
    if (userIds.length === 0) {
      if (!(await broadcasts.completeIfDone(broadcastId))) return OTHERS_MS;
      this.#observer.broadcastCompleted(broadcast);
      return 0;
    }
    const content = contentOf(broadcast);
    const outcomes = await Promise.all(userIds.map((userId) => this.#sendTo(userId, broadcast, content)));
    await broadcasts.finishRecipients(broadcastId, claim, outcomes, AGAIN_MS);
    await failpoints.reach('notices.after-finish');
    this.#observer.broadcastSent(broadcast, outcomes);
    return outcomes.some(({ outcome }) => outcome === 'again') ? OTHERS_MS : 0;
  }

  /** @NOTE Who cannot be reached at the moment comes again: nobody is told twice, as the notice has a name. */
  async #sendTo(userId: string, broadcast: Broadcast, content: JsonObject): Promise<RecipientOutcome> {
    const { sendNotice, failpoints } = this.#ports;
    const noticeId = `broadcast:${broadcast.broadcastId}`;
    try {
      await failpoints.reach('notices.before-send');
      const sent = await sendNotice.execute({ noticeId, userId, event: { type: broadcast.type, content } });
      await failpoints.reach('notices.after-send');
      if (sent.outcome === 'sent') return { userId, outcome: 'sent', detail: sent.eventId };
      return { userId, outcome: sent.httpStatus >= 500 ? 'again' : 'failed', detail: sent.error };
    } catch (error) {
      return { userId, outcome: 'again', detail: error instanceof Error ? error.message : String(error) };
    }
  }
}

function contentOf({ content }: Broadcast): JsonObject {
  const parsed: unknown = JSON.parse(content);
  if (isJsonObject(parsed)) return parsed;
  throw new TypeError('the content of a broadcast is no object');
}
