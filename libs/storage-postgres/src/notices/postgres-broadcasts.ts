import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@plexus/matrix-base';
import { audienceOfJson } from '@plexus/storage';
import type {
  Broadcast,
  BroadcastQuery,
  BroadcastRepository,
  BroadcastStatus,
  BroadcastTurn,
  FailedRecipient,
  NewBroadcast,
  RecipientOutcome,
} from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import {
  ADD_BROADCAST,
  CHANGE_STATUS,
  CLAIM_RECIPIENTS,
  COMPLETE,
  FIND_BROADCAST,
  FINISH_RECIPIENTS,
  LIST_BROADCASTS,
  LIST_FAILED,
  LIST_RECIPIENTS,
  LOCK_LISTING,
  NEXT_TURN,
  REMOVE_BROADCASTS,
  REMOVE_RECIPIENTS,
  TAKE_TURN,
} from './broadcast-statements.ts';

interface BroadcastRow {
  readonly broadcast_id: string;
  readonly server_name: string;
  readonly requested_by: string;
  readonly event_type: string;
  readonly content: string;
  readonly audience: JsonObject;
  readonly per_second: number;
  readonly status: BroadcastStatus;
  readonly listed_to: string;
  readonly is_listed: boolean;
  readonly recipients: number;
  readonly sent: number;
  readonly failed: number;
  readonly created_at: Date;
  readonly changed_at: Date;
  readonly finished_at: Date | null;
}

export class PostgresBroadcasts implements BroadcastRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async add(broadcast: NewBroadcast): Promise<Broadcast> {
    const { broadcastId, serverName, requestedBy, type, content, audience, perSecond } = broadcast;
    const values = [broadcastId, serverName, requestedBy, type, content, JSON.stringify(audience), perSecond];
    await this.#database.run(ADD_BROADCAST, values);
    const added = await this.find(broadcastId);
    if (added !== undefined) return added;
    throw new TypeError(`The broadcast ${broadcastId} was removed as it was added`);
  }

  async find(broadcastId: string): Promise<Broadcast | undefined> {
    const [row] = await this.#database.run<BroadcastRow>(FIND_BROADCAST, [broadcastId]);
    return row && broadcastOf(row);
  }

  async list({ serverName, limit }: BroadcastQuery): Promise<Broadcast[]> {
    return (await this.#database.run<BroadcastRow>(LIST_BROADCASTS, [serverName, limit])).map(broadcastOf);
  }

  async listFailed(broadcastId: string, limit: number): Promise<FailedRecipient[]> {
    const values = [broadcastId, limit];
    const rows = await this.#database.run<{ user_id: string; error: string | null }>(LIST_FAILED, values);
    return rows.map(({ user_id: userId, error }) => ({ userId, error: error ?? '' }));
  }

  async changeStatus(broadcastId: string, status: 'active' | 'paused' | 'cancelled'): Promise<boolean> {
    return (await this.#database.run(CHANGE_STATUS, [broadcastId, status])).length === 1;
  }

  async takeTurn(mostRecipients: number): Promise<BroadcastTurn> {
    const [row] = await this.#database.run<BroadcastRow & { readonly batch: number }>(TAKE_TURN, [mostRecipients]);
    if (row !== undefined) {
      return { outcome: 'turn', broadcast: broadcastOf(row), listedTo: row.listed_to, batch: row.batch };
    }
    const [next] = await this.#database.run<{ in_ms: number | null }>(NEXT_TURN);
    return { outcome: 'wait', forMs: next?.in_ms ?? undefined };
  }

  /** @NOTE The lock on the broadcast's row makes of two who list at once one who does and one who finds it done. */
  async listRecipients(
    { broadcastId, serverName, audience }: Broadcast,
    listedTo: string,
    limit: number,
  ): Promise<void> {
    const { withGuests = false, neverConsented = false, inactiveSince, userIds } = audience;
    await this.#database.transaction(async (transaction) => {
      const locked = await transaction.run(LOCK_LISTING, [broadcastId, listedTo]);
      if (locked.length === 0) return;
      const chosen = userIds && textArray(userIds);
      const values = [broadcastId, serverName, listedTo, limit, withGuests, neverConsented, inactiveSince, chosen];
      await transaction.run(LIST_RECIPIENTS, values);
    });
  }

  async claimRecipients(
    broadcastId: string,
    limit: number,
    claimMs: number,
  ): Promise<{ claim: string; userIds: readonly string[] }> {
    const claim = randomUUID();
    const values = [broadcastId, claim, limit, claimMs];
    const rows = await this.#database.run<{ user_id: string }>(CLAIM_RECIPIENTS, values);
    return { claim, userIds: rows.map((row) => row.user_id) };
  }

  async finishRecipients(
    broadcastId: string,
    claim: string,
    outcomes: readonly RecipientOutcome[],
    againMs: number,
  ): Promise<void> {
    const columns = [outcomes.map(({ userId }) => userId), outcomes.map(({ outcome }) => outcome)] as const;
    const details = outcomes.map(({ detail }) => detail);
    const values = [broadcastId, claim, textArray(columns[0]), textArray(columns[1]), textArray(details), againMs];
    await this.#database.run(FINISH_RECIPIENTS, values);
  }

  async completeIfDone(broadcastId: string): Promise<boolean> {
    return (await this.#database.run(COMPLETE, [broadcastId])).length === 1;
  }

  async removeFinished(olderThanMs: number, limit: number): Promise<number> {
    const recipients = await this.#database.run(REMOVE_RECIPIENTS, [olderThanMs, limit]);
    if (recipients.length > 0) return recipients.length;
    return (await this.#database.run(REMOVE_BROADCASTS, [olderThanMs, limit])).length;
  }
}

function broadcastOf(row: BroadcastRow): Broadcast {
  return {
    broadcastId: row.broadcast_id,
    serverName: row.server_name,
    requestedBy: row.requested_by,
    type: row.event_type,
    content: row.content,
    audience: audienceOfJson(row.audience),
    perSecond: row.per_second,
    status: row.status,
    isListed: row.is_listed,
    recipients: row.recipients,
    sent: row.sent,
    failed: row.failed,
    createdAt: row.created_at.getTime(),
    changedAt: row.changed_at.getTime(),
    finishedAt: row.finished_at?.getTime(),
  };
}
