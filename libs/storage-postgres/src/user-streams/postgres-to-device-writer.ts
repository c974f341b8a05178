import { MAX_WAITING_MESSAGES } from '@plexus/storage';
import type { DeviceAddress, NewToDeviceMessage, ToDeviceTransaction, ToDeviceWriter } from '@plexus/storage';
import { int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface DeviceRow {
  readonly user_id: string;
  readonly device_id: string;
}

interface PlacedMessage extends DeviceAddress {
  readonly position: number;
  readonly message: string;
}

/** Writes messages for devices in a transaction that holds the streams of those addressed. */
export class PostgresToDeviceWriter implements ToDeviceWriter {
  readonly #transaction: PostgresTransaction;
  readonly #advance: (userId: string) => number;

  constructor(transaction: PostgresTransaction, advance: (userId: string) => number) {
    this.#transaction = transaction;
    this.#advance = advance;
  }

  async storeMessages(messages: readonly NewToDeviceMessage[], sent: ToDeviceTransaction): Promise<boolean> {
    const isNew = await this.#transaction.run(ADD_TRANSACTION, [sent.sender, sent.transactionId]);
    if (isNew.length === 0) return false;
    const users = [...new Set(messages.map(({ userId }) => userId))];
    // @NOTE Devices are held to the commit: one that goes at the same moment takes its inbox along afterwards.
    const devices = await this.#transaction.run<DeviceRow>(HOLD_DEVICES, [textArray(users)]);
    const placed = placeMessages(messages, devices, this.#advance);
    if (placed.length > 0) await this.#store(placed);
    return true;
  }

  async #store(placed: readonly PlacedMessage[]): Promise<void> {
    const values = [
      textArray(placed.map(({ userId }) => userId)),
      textArray(placed.map(({ deviceId }) => deviceId)),
      int8Array(placed.map(({ position }) => position)),
    ];
    await this.#transaction.run(ADD_MESSAGES, [...values, textArray(placed.map(({ message }) => message))]);
    const long = await this.#transaction.run<DeviceRow>(FIND_LONG_INBOXES, [...values, MAX_WAITING_MESSAGES]);
    for (const { user_id, device_id } of long) {
      await this.#transaction.run(GIVE_UP_OLDEST, [user_id, device_id, MAX_WAITING_MESSAGES]);
    }
  }
}

/** One message for each device at most: that which names it, else that for all devices of its user. */
function placeMessages(
  messages: readonly NewToDeviceMessage[],
  devices: readonly DeviceRow[],
  advance: (userId: string) => number,
): PlacedMessage[] {
  const byDevice = new Map(messages.map((each) => [nameOf(each.userId, each.deviceId), each.message]));
  return devices.flatMap(({ user_id: userId, device_id: deviceId }) => {
    const message = byDevice.get(nameOf(userId, deviceId)) ?? byDevice.get(nameOf(userId, undefined));
    return message === undefined ? [] : [{ userId, deviceId, message, position: advance(userId) }];
  });
}

function nameOf(userId: string, deviceId: string | undefined): string {
  return deviceId === undefined ? userId : `${userId} ${deviceId}`;
}

const ADD_TRANSACTION: Statement = {
  name: 'add_to_device_transaction',
  text: `insert into to_device_transactions (sender, transaction_id) values ($1, $2)
         on conflict (sender, transaction_id) do nothing returning 1`,
};
const HOLD_DEVICES: Statement = {
  name: 'hold_addressed_devices',
  text: `select d.user_id, d.device_id from devices d join users u on u.user_id = d.user_id
          where d.user_id = any($1::text[]) and u.deactivated_at is null
          order by d.user_id, d.device_id for key share of d`,
};
const ADD_MESSAGES: Statement = {
  name: 'add_to_device_messages',
  text: `insert into to_device_messages (user_id, device_id, position, message)
         select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])`,
};
/** Positions are dense: only an inbox whose ends lie so far apart can hold too many. */
const FIND_LONG_INBOXES: Statement = {
  name: 'find_long_inboxes',
  text: `select t.user_id, t.device_id from unnest($1::text[], $2::text[], $3::bigint[]) as t (user_id, device_id, newest)
          where t.newest - (select min(m.position) from to_device_messages m
                             where m.user_id = t.user_id and m.device_id = t.device_id) >= $4::bigint`,
};
const GIVE_UP_OLDEST: Statement = {
  name: 'give_up_oldest_messages',
  text: `delete from to_device_messages where user_id = $1 and device_id = $2 and position <= (
           select position from to_device_messages where user_id = $1 and device_id = $2
            order by position desc offset $3 limit 1)`,
};
