import type { NoticesReplicaRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresNoticesReplicas implements NoticesReplicaRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findLive(withinMs: number): Promise<readonly string[]> {
    return (await this.#database.run<{ address: string }>(FIND_LIVE, [withinMs])).map(({ address }) => address);
  }

  async beat(address: string): Promise<void> {
    await this.#database.run(BEAT, [address]);
  }

  async removeSilent(forMs: number): Promise<void> {
    await this.#database.run(REMOVE_SILENT, [forMs]);
  }

  async withdraw(address: string): Promise<void> {
    await this.#database.run(WITHDRAW, [address]);
  }
}

const FIND_LIVE: Statement = {
  name: 'find_live_notices',
  text: `select address from notices_replicas where alive_at > now() - make_interval(secs => $1::float8 / 1000) order by address`,
};
const BEAT: Statement = {
  name: 'beat_notices',
  text: 'insert into notices_replicas (address) values ($1) on conflict (address) do update set alive_at = now()',
};
const REMOVE_SILENT: Statement = {
  name: 'remove_silent_notices',
  text: 'delete from notices_replicas where alive_at < now() - make_interval(secs => $1::float8 / 1000)',
};
const WITHDRAW: Statement = { name: 'withdraw_notices', text: 'delete from notices_replicas where address = $1' };
