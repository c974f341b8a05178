import { randomUUID } from 'node:crypto';
import type { AccountDeactivation, AccountDeactivationRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { removeUserStream } from '../user-streams/remove-user-stream.ts';
import { deactivateUser } from './deactivate-user.ts';

interface DeactivationRow {
  readonly user_id: string;
  readonly erase: boolean;
}

export class PostgresAccountDeactivations implements AccountDeactivationRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async startDeactivation({ userId, erase }: AccountDeactivation): Promise<readonly Buffer[]> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(START_DEACTIVATION, [userId, erase]);
      return deactivateUser(transaction, userId, { erase });
    });
  }

  async claimDeactivation(claimMs: number): Promise<{ deactivation: AccountDeactivation; claim: string } | undefined> {
    const claim = randomUUID();
    const [row] = await this.#database.run<DeactivationRow>(CLAIM_DEACTIVATION, [claim, claimMs]);
    return row && { deactivation: { userId: row.user_id, erase: row.erase }, claim };
  }

  async renewClaim(
    claim: string,
    { refusedDepartures, lastError }: { readonly refusedDepartures?: number; readonly lastError?: string },
    claimMs: number,
  ): Promise<boolean> {
    const values = [claim, refusedDepartures, lastError, claimMs];
    return (await this.#database.run(RENEW_CLAIM, values)).length === 1;
  }

  async finishDeactivation(claim: string, userId: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const finished = await transaction.run(FINISH_DEACTIVATION, [claim]);
      if (finished.length === 0) return;
      await transaction.run(REMOVE_FILTERS, [userId]);
      await transaction.run(REMOVE_FORGOTTEN_ROOMS, [userId]);
      await removeUserStream(transaction, userId);
    });
  }
}

const START_DEACTIVATION: Statement = {
  name: 'start_account_deactivation',
  text: `insert into account_deactivations (user_id, erase)
         select user_id, $2 from users where user_id = $1 and (deactivated_at is null or ($2 and erased_at is null))
         on conflict (user_id) do update set erase = account_deactivations.erase or excluded.erase`,
};
const CLAIM_DEACTIVATION: Statement = {
  name: 'claim_account_deactivation',
  text: `update account_deactivations set claim = $1, claimed_until = now() + make_interval(secs => $2::float8 / 1000)
          where user_id = (select user_id from account_deactivations
                            where claimed_until is null or claimed_until < now()
                            order by started_at limit 1 for update skip locked)
         returning user_id, erase`,
};
const RENEW_CLAIM: Statement = {
  name: 'renew_account_deactivation',
  text: `update account_deactivations
            set refused_departures = coalesce($2::bigint, refused_departures), last_error = $3,
                claimed_until = now() + make_interval(secs => $4::float8 / 1000)
          where claim = $1 returning 1`,
};
const FINISH_DEACTIVATION: Statement = {
  name: 'finish_account_deactivation',
  text: 'delete from account_deactivations where claim = $1 returning 1',
};
const REMOVE_FILTERS: Statement = {
  name: 'remove_filters_of_gone_user',
  text: 'delete from filters where user_id = $1',
};
const REMOVE_FORGOTTEN_ROOMS: Statement = {
  name: 'remove_forgotten_rooms_of_gone_user',
  text: 'delete from forgotten_rooms where user_id = $1',
};
