import type { SenderReplicaRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresSenderReplicas implements SenderReplicaRepository {
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
  name: 'find-live-senders',
  text: `select address from sender_replicas where alive_at > now() - $1::bigint * interval '1 millisecond' order by address`,
};
const BEAT: Statement = {
  name: 'beat-sender',
  text: `insert into sender_replicas (address) values ($1) on conflict (address) do update set alive_at = now()`,
};
const REMOVE_SILENT: Statement = {
  name: 'remove-silent-senders',
  text: `delete from sender_replicas where alive_at < now() - $1::bigint * interval '1 millisecond'`,
};
const WITHDRAW: Statement = { name: 'withdraw-sender', text: 'delete from sender_replicas where address = $1' };
