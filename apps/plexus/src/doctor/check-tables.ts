import type { DatabaseUrls } from '@plexus/service-adapters';
import type { PlexusConfig } from '@plexus/service-shell';
import { findSchemaFault, readDeployment } from '@plexus/storage-postgres';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

export interface CheckedTables {
  readonly rooms: PostgresDatabase;
  readonly urls: DatabaseUrls;
}

interface Shards {
  readonly unowned: number;
  readonly unpublished: number;
  readonly dead_letters: number;
}

const SUBJECT = 'tables';
const MANY_UNPUBLISHED = 10_000;

/** Whether this release can run on the tables, and whether rooms are written. */
export async function checkTables(
  { rooms, urls }: CheckedTables,
  { room_shards: configured }: Pick<PlexusConfig, 'room_shards'>,
): Promise<readonly Finding[]> {
  for (const area of ['rooms', 'accounts'] as const) {
    const because = await findSchemaFault({ url: urls[area], tls: urls.tls, areas: [area] });
    if (because !== undefined) return [fault(SUBJECT, because, 'run `plexus migrate` with this release')];
  }
  const { roomShards } = await readDeployment(rooms);
  if (roomShards !== configured) {
    const advice = `set \`room_shards: ${roomShards}\`: the number was fixed when the deployment was created`;
    return [fault(SUBJECT, `room_shards is ${configured}, the deployment has ${roomShards}`, advice)];
  }
  return [good(SUBJECT, `they are of this release; ${roomShards} room shards`), ...(await checkShards(rooms))];
}

async function checkShards(rooms: PostgresDatabase): Promise<Finding[]> {
  const [shards] = await rooms.run<Shards>(DESCRIBE_SHARDS);
  if (shards === undefined) return [];
  const found: Finding[] = [];
  if (shards.unowned > 0) {
    const advice = 'see that `event-persister` runs: nobody can write into these rooms';
    found.push(warning(SUBJECT, `${shards.unowned} room shards have no owner`, advice));
  }
  if (shards.unpublished > MANY_UNPUBLISHED) {
    const advice = 'see that Kafka can be reached from `event-persister`: clients do not hear of these events yet';
    found.push(warning(SUBJECT, `${shards.unpublished} rows of the room log are not published`, advice));
  }
  if (shards.dead_letters > 0) {
    const advice = 'look at `GET /_plexus/admin/v1/dead_letters`, and retry or discard each';
    found.push(warning(SUBJECT, `${shards.dead_letters} events of other servers were set aside`, advice));
  }
  return found;
}

const DESCRIBE_SHARDS = {
  name: 'describe-room-shards',
  text: `select count(*) filter (where owner_address is null)::int as unowned,
                coalesce(sum(position - published), 0)::bigint as unpublished,
                (select count(*)::int from dead_letters) as dead_letters
           from room_shards`,
};
