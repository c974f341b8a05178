import type { AppserviceRecord } from '@plexus/storage';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** The application services as of one revision, in the order of their ids. */
export interface AppservicesCopy {
  readonly revision: number;
  readonly list: readonly AppserviceRecord[];
}

interface AppserviceRow {
  readonly id: string;
  readonly servers: string[] | null;
  readonly settings: AppserviceRecord['settings'];
  readonly hs_token: string;
  readonly origin: AppserviceRecord['origin'];
  readonly version: number;
  readonly created_at: Date;
}

interface TokenRow {
  readonly appservice_id: string;
  readonly token_hash: Buffer;
  readonly expires_at: Date | null;
}

/** The revision is read first: a change that commits in between is then read twice, never missed. */
export async function readAppservices(
  transaction: PostgresTransaction,
  former: AppservicesCopy,
): Promise<AppservicesCopy> {
  const [current] = await transaction.run<{ revision: number }>(READ_REVISION);
  const rows = await transaction.run<AppserviceRow>(READ_APPSERVICES);
  const tokens = Map.groupBy(await transaction.run<TokenRow>(READ_TOKENS), (row) => row.appservice_id);
  const known = new Map(former.list.map((record) => [record.id, record]));
  return {
    revision: current?.revision ?? 0,
    list: rows.map((row) => unchanged(known.get(row.id), row) ?? recordOf(row, tokens.get(row.id) ?? [])),
  };
}

/** The record of before where it is the same: what was made of it stays good. A version is raised with tokens too. */
function unchanged(known: AppserviceRecord | undefined, row: AppserviceRow): AppserviceRecord | undefined {
  const isSame = known?.version === row.version && known.createdAt === row.created_at.getTime();
  return isSame ? known : undefined;
}

function recordOf(row: AppserviceRow, tokens: readonly TokenRow[]): AppserviceRecord {
  return {
    id: row.id,
    servers: row.servers ?? 'all',
    settings: row.settings,
    tokens: tokens.map(({ token_hash: tokenHash, expires_at: expiry }) => ({
      tokenHash,
      ...(expiry !== null && { expiresAt: expiry.getTime() }),
    })),
    hsToken: row.hs_token,
    origin: row.origin,
    version: row.version,
    createdAt: row.created_at.getTime(),
  };
}

export const READ_REVISION: Statement = {
  name: 'read_appservice_revision',
  text: 'select revision from appservice_revision',
};
const READ_APPSERVICES: Statement = {
  name: 'read_appservices',
  text: 'select id, servers, settings, hs_token, origin, version, created_at from appservices order by id',
};
const READ_TOKENS: Statement = {
  name: 'read_appservice_tokens',
  text: `select appservice_id, token_hash, expires_at from appservice_tokens
          where expires_at is null or expires_at > now() order by expires_at desc nulls first`,
};
