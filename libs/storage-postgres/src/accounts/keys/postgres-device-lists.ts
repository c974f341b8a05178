import type { ChangedUsersQuery, DeviceListChange, DeviceListReader, DeviceListVersionReader } from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';
import { EVERYBODY } from './device-list-changes.ts';

interface ChangeRow {
  readonly user_id: string;
  readonly seen_by: string;
  readonly position: number;
}

export class PostgresDeviceLists implements DeviceListReader, DeviceListVersionReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readDeviceListPosition(): Promise<number> {
    const [row] = await this.#database.run<{ position: number }>(READ_POSITION);
    return row?.position ?? 0;
  }

  async readDeviceListChanges(after: number, limit: number): Promise<DeviceListChange[]> {
    const rows = await this.#database.run<ChangeRow>(READ_CHANGES, [after, limit]);
    return rows.map(({ user_id: userId, seen_by: seenBy, position }) => {
      return { userId, position, seenBy: seenBy === EVERYBODY ? undefined : seenBy };
    });
  }

  async findLastChange(userId: string): Promise<number> {
    const [row] = await this.#database.run<{ position: number }>(FIND_LAST_CHANGE, [userId, EVERYBODY]);
    return row?.position ?? 0;
  }

  async findChangedUsers({ viewer, roomIds, after }: ChangedUsersQuery): Promise<string[]> {
    const values = [after, viewer, textArray(roomIds)];
    const rows = await this.#database.run<Pick<ChangeRow, 'user_id'>>(FIND_CHANGED_USERS, values);
    return rows.map((row) => row.user_id);
  }
}

const READ_POSITION: Statement = {
  name: 'read_device_list_position',
  text: 'select position from device_list_position',
};
const READ_CHANGES: Statement = {
  name: 'read_device_list_changes',
  text: `select user_id, seen_by, position from device_list_changes where position > $1 order by position limit $2`,
};
const FIND_LAST_CHANGE: Statement = {
  name: 'find_last_device_list_change',
  text: 'select position from device_list_changes where user_id = $1 and seen_by = $2',
};
/** @NOTE From the changes to the rooms of those users, and not from rooms to members: a change costs the same in a large room. */
const FIND_CHANGED_USERS: Statement = {
  name: 'find_changed_users',
  text: `select distinct c.user_id from device_list_changes c
          where c.position > $1
            and (c.seen_by = $2 or (c.seen_by = '' and (c.user_id = $2 or exists (
                   select from user_rooms r
                    where r.user_id = c.user_id and r.membership = 'join' and r.room_id = any($3::text[])))))`,
};
