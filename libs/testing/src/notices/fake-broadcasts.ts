import { serverNameOf } from '@plexus/matrix-base';
import type {
  Broadcast,
  BroadcastQuery,
  BroadcastRepository,
  BroadcastTurn,
  FailedRecipient,
  NewBroadcast,
  RecipientOutcome,
} from '@plexus/storage';

interface KeptRecipient {
  claim: string | undefined;
  claimedUntil: number;
  outcome: 'sent' | 'failed' | undefined;
  detail: string;
}

interface KeptBroadcast {
  broadcast: Broadcast;
  listedTo: string;
  nextTurnAt: number;
  readonly recipients: Map<string, KeptRecipient>;
}

/** Broadcasts in memory, by a clock that the test moves; of an audience only a list of users is looked at. */
export class FakeBroadcasts implements BroadcastRepository {
  now = 1_000_000;
  readonly #kept = new Map<string, KeptBroadcast>();
  readonly #users: () => readonly string[];
  #claims = 0;

  constructor(users: () => readonly string[] = () => []) {
    this.#users = users;
  }

  async add(broadcast: NewBroadcast): Promise<Broadcast> {
    const kept = this.#kept.get(broadcast.broadcastId);
    if (kept !== undefined) return kept.broadcast;
    const counts = { isListed: false, recipients: 0, sent: 0, failed: 0 };
    const times = { createdAt: this.now, changedAt: this.now, finishedAt: undefined };
    const added: Broadcast = { ...broadcast, status: 'active', ...counts, ...times };
    const state = { listedTo: '', nextTurnAt: this.now, recipients: new Map() };
    this.#kept.set(broadcast.broadcastId, { broadcast: added, ...state });
    return added;
  }

  async find(broadcastId: string): Promise<Broadcast | undefined> {
    return this.#kept.get(broadcastId)?.broadcast;
  }

  async list({ serverName, limit }: BroadcastQuery): Promise<Broadcast[]> {
    const all = [...this.#kept.values()].map(({ broadcast }) => broadcast).toReversed();
    return all.filter((one) => serverName === undefined || one.serverName === serverName).slice(0, limit);
  }

  async listFailed(broadcastId: string, limit: number): Promise<FailedRecipient[]> {
    const recipients = [...(this.#kept.get(broadcastId)?.recipients ?? [])];
    return recipients
      .filter(([, { outcome }]) => outcome === 'failed')
      .map(([userId, { detail }]) => ({ userId, error: detail }))
      .slice(0, limit);
  }

  async changeStatus(broadcastId: string, status: 'active' | 'paused' | 'cancelled'): Promise<boolean> {
    const kept = this.#kept.get(broadcastId);
    if (kept === undefined || kept.broadcast.finishedAt !== undefined) return false;
    const finishedAt = status === 'cancelled' ? this.now : undefined;
    kept.broadcast = { ...kept.broadcast, status, changedAt: this.now, finishedAt };
    return true;
  }

  async takeTurn(mostRecipients: number): Promise<BroadcastTurn> {
    const open = [...this.#kept.values()].filter(({ broadcast }) => broadcast.status === 'active');
    const [next] = open.toSorted((a, b) => a.nextTurnAt - b.nextTurnAt);
    if (next === undefined) return { outcome: 'wait', forMs: undefined };
    if (next.nextTurnAt > this.now) return { outcome: 'wait', forMs: next.nextTurnAt - this.now };
    const { broadcast, listedTo } = next;
    const batch = Math.min(mostRecipients, Math.max(1, Math.ceil(broadcast.perSecond / 5)));
    if (broadcast.isListed) next.nextTurnAt = this.now + (batch / broadcast.perSecond) * 1_000;
    return { outcome: 'turn', broadcast, listedTo, batch };
  }

  async listRecipients(
    { broadcastId, serverName, audience }: Broadcast,
    listedTo: string,
    limit: number,
  ): Promise<void> {
    const kept = this.#kept.get(broadcastId);
    if (kept === undefined || kept.listedTo !== listedTo || kept.broadcast.isListed) return;
    const page = this.#users()
      .filter((userId) => serverNameOf(userId) === serverName && userId > listedTo)
      .filter((userId) => audience.userIds?.includes(userId) ?? true)
      .toSorted()
      .slice(0, limit);
    for (const userId of page) {
      kept.recipients.set(userId, { claim: undefined, claimedUntil: 0, outcome: undefined, detail: '' });
    }
    kept.listedTo = page.at(-1) ?? listedTo;
    kept.broadcast = { ...kept.broadcast, recipients: kept.recipients.size, isListed: page.length < limit };
  }

  async claimRecipients(
    broadcastId: string,
    limit: number,
    claimMs: number,
  ): Promise<{ claim: string; userIds: readonly string[] }> {
    const claim = `claim${++this.#claims}`;
    const waiting = [...(this.#kept.get(broadcastId)?.recipients ?? [])].filter(
      ([, { outcome, claimedUntil }]) => outcome === undefined && claimedUntil <= this.now,
    );
    const taken = waiting.slice(0, limit);
    for (const [, recipient] of taken) {
      recipient.claim = claim;
      recipient.claimedUntil = this.now + claimMs;
    }
    return { claim, userIds: taken.map(([userId]) => userId) };
  }

  async finishRecipients(
    broadcastId: string,
    claim: string,
    outcomes: readonly RecipientOutcome[],
    againMs: number,
  ): Promise<void> {
    const kept = this.#kept.get(broadcastId);
    if (kept === undefined) return;
    for (const { userId, outcome, detail } of outcomes) {
      const recipient = kept.recipients.get(userId);
      if (recipient?.claim !== claim || recipient.outcome !== undefined) continue;
      recipient.claim = undefined;
      recipient.detail = detail;
      recipient.claimedUntil = outcome === 'again' ? this.now + againMs : 0;
      if (outcome === 'again') continue;
      recipient.outcome = outcome;
      kept.broadcast = { ...kept.broadcast, [outcome]: kept.broadcast[outcome] + 1 };
    }
  }

  async completeIfDone(broadcastId: string): Promise<boolean> {
    const kept = this.#kept.get(broadcastId);
    if (kept === undefined || !kept.broadcast.isListed || kept.broadcast.finishedAt !== undefined) return false;
    if ([...kept.recipients.values()].some(({ outcome }) => outcome === undefined)) return false;
    kept.broadcast = { ...kept.broadcast, status: 'complete', finishedAt: this.now };
    return true;
  }

  async removeFinished(olderThanMs: number, limit: number): Promise<number> {
    const old = [...this.#kept.values()].filter(({ broadcast }) => {
      return broadcast.finishedAt !== undefined && broadcast.finishedAt < this.now - olderThanMs;
    });
    for (const { broadcast } of old.slice(0, limit)) this.#kept.delete(broadcast.broadcastId);
    return Math.min(old.length, limit);
  }
}
