import type { DeviceKeyCounts } from '@plexus/storage';
import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

interface CountRow {
  readonly algorithm: string;
  /** Nothing: an unused fallback key. */
  readonly count: number | null;
}

export async function countKeys(
  database: Pick<PostgresTransaction, 'run'>,
  userId: string,
  deviceId: string,
): Promise<DeviceKeyCounts> {
  const rows = await database.run<CountRow>(COUNT_KEYS, [userId, deviceId]);
  return {
    oneTimeKeys: Object.fromEntries(
      rows.flatMap(({ algorithm, count }) => (count === null ? [] : [[algorithm, count] as const])),
    ),
    unusedFallbackKeys: rows.filter(({ count }) => count === null).map(({ algorithm }) => algorithm),
  };
}

const COUNT_KEYS: Statement = {
  name: 'count_device_keys',
  text: `select algorithm, count(*) as count from one_time_keys
          where user_id = $1 and device_id = $2 and claimed_at is null group by algorithm
         union all
         select algorithm, null from fallback_keys where user_id = $1 and device_id = $2 and not is_used
          order by algorithm`,
};
