import type { OutboundDeviceLists } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Keeps in Postgres up to which change of device lists other servers are told. */
export class PostgresOutboundDeviceLists implements OutboundDeviceLists {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readPosition(first: number): Promise<number> {
    const [row] = await this.#database.run<{ position: number }>(READ_POSITION, [first]);
    return row?.position ?? first;
  }

  async storePosition(position: number): Promise<void> {
    await this.#database.run(STORE_POSITION, [position]);
  }
}

/** @NOTE An update that changes nothing has the row that is there returned. */
const READ_POSITION: Statement = {
  name: 'read-outbound-device-lists',
  text: `insert into outbound_device_lists (position) values ($1)
         on conflict (singleton) do update set position = outbound_device_lists.position returning position`,
};

const STORE_POSITION: Statement = {
  name: 'store-outbound-device-lists',
  text: 'update outbound_device_lists set position = $1',
};
