import { choice, duration, flag, group, integer, optional, secret } from '../setting.ts';
import type { Configured } from '../setting.ts';
import { clientTls } from './client-tls.ts';

export const database = group('Postgres 15 or newer: your own by URL, or an embedded one in the data folder.', {
  embedded: optional(flag('Run a Postgres of our own. True when no URL is given, else false.')),
  url: secret('Where your Postgres is: `postgresql://user:password@host:5432/database`.'),
  rooms_url: secret('The database of rooms and events, where it is not the one of `url`.'),
  accounts_url: secret('The database of accounts and devices, where it is not the one of `url`.'),
  tls: clientTls,
  pool_size: integer('Connections for transactions, per process and database.', {
    default: 10,
    minimum: 1,
    maximum: 1000,
  }),
  read_connections: integer('Pipelined connections for reads, per process and database.', {
    default: 2,
    minimum: 1,
    maximum: 100,
  }),
  replication: choice(
    'Whether a standby that is promoted has every commit that was acknowledged. Where it is `asynchronous`, a promotion begins a new generation: clients synchronize from the beginning, and nothing that was lost is taken for what comes after it.',
    ['asynchronous', 'synchronous'],
    { default: 'asynchronous' },
  ),
  connect_timeout: duration('How long to try to connect.', { default: '10s' }),
  statement_timeout: duration('Postgres ends a statement that takes longer.', { default: '60s' }),
  migrate_on_start: optional(
    flag('Bring the tables up to date at start. True for the embedded Postgres, else false (`plexus migrate`).'),
  ),
});

export type DatabaseSettings = Configured<typeof database>;
