import type {
  DeviceAddress,
  ToDeviceInbox,
  ToDevicePage,
  ToDeviceWaitingReader,
  UserStreamRange,
  WaitingDevice,
} from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface MessageRow {
  readonly position: number;
  readonly message: string;
  /** How many there are, up to one more than a page may have. */
  readonly found: number;
}

/** What waits for devices, in Postgres. */
export class PostgresToDeviceInbox implements ToDeviceInbox, ToDeviceWaitingReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readMessages(
    { userId, deviceId }: DeviceAddress,
    { after, upTo }: UserStreamRange,
    most: { readonly messages: number; readonly bytes: number },
  ): Promise<ToDevicePage> {
    const values = [userId, deviceId, after, upTo, most.messages + 1, most.bytes];
    const rows = await this.#database.run<MessageRow>(READ_MESSAGES, values);
    const page = rows.slice(0, Math.max(1, countWithin(rows, most)));
    const isAll = page.length === (rows[0]?.found ?? 0);
    return { messages: page.map(({ message }) => message), upTo: isAll ? upTo : (page.at(-1)?.position ?? upTo) };
  }

  async removeMessages({ userId, deviceId }: DeviceAddress, upTo: number): Promise<void> {
    await this.#database.run(REMOVE_MESSAGES, [userId, deviceId, upTo]);
  }

  async findWaiting(userIds: readonly string[]): Promise<WaitingDevice[]> {
    return (await this.#database.run<WaitingRow>(FIND_WAITING, [textArray(userIds)])).map(toWaiting);
  }

  async pageWaiting(after: DeviceAddress | undefined, limit: number): Promise<WaitingDevice[]> {
    const values = [after?.userId ?? '', after?.deviceId ?? '', limit];
    return (await this.#database.run<WaitingRow>(PAGE_WAITING, values)).map(toWaiting);
  }

  async forgetTransactions(olderThanMs: number, most: number): Promise<number> {
    return (await this.#database.run(FORGET_TRANSACTIONS, [olderThanMs, most])).length;
  }
}

interface WaitingRow {
  readonly user_id: string;
  readonly device_id: string;
  readonly newest: number;
}

function toWaiting({ user_id: userId, device_id: deviceId, newest }: WaitingRow): WaitingDevice {
  return { userId, deviceId, newest };
}

function countWithin(rows: readonly MessageRow[], most: { readonly messages: number; readonly bytes: number }): number {
  let bytes = 0;
  const beyond = rows.findIndex(({ message }, index) => {
    bytes += Buffer.byteLength(message);
    return index >= most.messages || bytes > most.bytes;
  });
  return beyond === -1 ? rows.length : beyond;
}

/** Messages come as long as those before them fit, so that no more than one too many is sent. */
const READ_MESSAGES: Statement = {
  name: 'read_to_device_messages',
  text: `select position, message, found from (
           select position, message, count(*) over () as found,
                  sum(octet_length(message)) over (order by position) - octet_length(message) as before
             from (select position, message from to_device_messages
                    where user_id = $1 and device_id = $2 and position > $3 and position <= $4
                    order by position limit $5) as first) as page
          where before <= $6 order by position`,
};
/** From one device to the next: how many messages wait for each does not matter. */
const FIND_WAITING: Statement = {
  name: 'find_devices_with_messages',
  text: `with recursive device as (
           select u.user_id, (select min(m.device_id) from to_device_messages m where m.user_id = u.user_id) as device_id
             from unnest($1::text[]) as u (user_id)
           union all
           select d.user_id, (select min(m.device_id) from to_device_messages m
             where m.user_id = d.user_id and m.device_id > d.device_id) from device d where d.device_id is not null
         )
         select d.user_id, d.device_id, (select max(m.position) from to_device_messages m
                  where m.user_id = d.user_id and m.device_id = d.device_id) as newest
           from device d where d.device_id is not null`,
};
const PAGE_WAITING: Statement = {
  name: 'page_devices_with_messages',
  text: `with recursive device as (
           (select user_id, device_id from to_device_messages where (user_id, device_id) > ($1, $2)
             order by user_id, device_id limit 1)
           union all
           select n.user_id, n.device_id from device d cross join lateral (
             select m.user_id, m.device_id from to_device_messages m
              where (m.user_id, m.device_id) > (d.user_id, d.device_id)
              order by m.user_id, m.device_id limit 1) as n
         ), page as (
           select user_id, device_id from device limit $3
         )
         select p.user_id, p.device_id, (select max(m.position) from to_device_messages m
                  where m.user_id = p.user_id and m.device_id = p.device_id) as newest
           from page p order by p.user_id, p.device_id`,
};
const REMOVE_MESSAGES: Statement = {
  name: 'remove_to_device_messages',
  text: 'delete from to_device_messages where user_id = $1 and device_id = $2 and position <= $3',
};
const FORGET_TRANSACTIONS: Statement = {
  name: 'forget_to_device_transactions',
  text: `delete from to_device_transactions where ctid = any(array(
           select ctid from to_device_transactions
            where stored_at < now() - make_interval(secs => $1::float8 / 1000) limit $2)) returning 1`,
};
