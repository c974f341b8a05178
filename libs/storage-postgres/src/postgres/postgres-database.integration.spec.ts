import { expect, it, onTestFinished, vi } from 'vitest';
import { TcpProxy } from '../../../../tests/support/tcp-proxy.ts';
import { PostgresDatabase } from './postgres-database.ts';

const address = process.env['PLEXUS_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

it('leaves no failure behind that nobody hears where the begin of a transaction fails before its work does', async () => {
  const url = new URL(address);
  const proxy = await TcpProxy.open({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  const database = new PostgresDatabase({ url: url.toString(), applicationName: 'begins' });
  onTestFinished(async () => {
    await database.close();
    await proxy.close();
  });
  const unheard = vi.fn<(reason: unknown) => void>();
  process.on('unhandledRejection', unheard);
  onTestFinished(() => void process.off('unhandledRejection', unheard));
  await database.transaction(async () => 'opens a connection');
  const broken = proxy.breakAt('question', 'begin');
  const later = Promise.withResolvers<string>();
  const failing = database.transaction(() => later.promise);
  await broken;
  await vi.waitFor(() => expect(database.use().openConnections).toBe(0));
  later.resolve('done');
  await expect(failing).rejects.toThrow('begin');
  expect(unheard).not.toHaveBeenCalled();
});

it('closes also while a connection cannot be opened', async () => {
  const url = new URL(address);
  const proxy = await TcpProxy.open({ host: url.hostname, port: Number(url.port) });
  onTestFinished(() => proxy.close());
  proxy.stall();
  url.port = String(proxy.port);
  const database = new PostgresDatabase({ url: url.toString(), applicationName: 'closes', connectTimeoutMs: 200 });
  const asked = database.query('select 1');
  const closed = database.close();
  await expect(asked).rejects.toThrow('connect to Postgres');
  await closed;
});
