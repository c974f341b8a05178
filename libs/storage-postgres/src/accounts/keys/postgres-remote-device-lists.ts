import type { RemoteDeviceListWriter } from '@plexus/storage';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import { recordDeviceListChange } from './device-list-changes.ts';

export class PostgresRemoteDeviceLists implements RemoteDeviceListWriter {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async recordChange(userId: string): Promise<void> {
    await this.#database.transaction((transaction) => recordDeviceListChange(transaction, userId));
  }
}
