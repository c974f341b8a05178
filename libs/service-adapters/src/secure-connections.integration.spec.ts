import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { RedisCacheStore, RedisTokenBuckets } from '@plexus/cache-redis';
import { clientTls, systemClock } from '@plexus/service-shell';
import { PostgresConnection, PostgresDatabase } from '@plexus/storage-postgres';
import type { IssuedCertificate } from '@plexus/testing';
import { ROOM_EPHEMERAL } from '@plexus/topics';
import { KafkaTopics } from '@plexus/topics-kafka';
import type { KafkaTopicsOptions } from '@plexus/topics-kafka';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createSecureKafka,
  createSecurePostgres,
  createSecureRedis,
  KAFKA_LOGIN,
  SECURE_DATABASE,
  SECURE_NAME,
} from '../../../tests/support/servers/secure-servers.ts';
import type { SecureServer } from '../../../tests/support/servers/secure-servers.ts';

/** What this side shows and trusts, in files that can be replaced as an operator does it. */
class ClientFiles {
  readonly options: ConnectionOptions;
  readonly #directory: string;

  private constructor(directory: string, serverName: string) {
    this.#directory = directory;
    const [ca, cert, key] = ['ca.crt', 'client.crt', 'client.key'].map((name) => join(directory, name));
    if (ca === undefined || cert === undefined || key === undefined) throw new Error('three paths');
    this.options = clientTls({ ca, cert, key, verify: 'full', server_name: serverName }, { peer: 'the server' });
  }

  static async make({ authority, clients }: SecureServer, serverName = SECURE_NAME): Promise<ClientFiles> {
    const directory = await mkdtemp(join(tmpdir(), 'plexus-client-'));
    await writeFile(join(directory, 'ca.crt'), authority.cert);
    await writePair(directory, await clients.issue(['plexus']));
    return new ClientFiles(directory, serverName);
  }

  async replacePair(pair: IssuedCertificate): Promise<void> {
    await writePair(this.#directory, pair);
  }

  dispose(): Promise<void> {
    return rm(this.#directory, { recursive: true });
  }
}

async function writePair(directory: string, { cert, key }: IssuedCertificate): Promise<void> {
  await writeFile(join(directory, 'new'), cert);
  await rename(join(directory, 'new'), join(directory, 'client.crt'));
  await writeFile(join(directory, 'new'), key);
  await rename(join(directory, 'new'), join(directory, 'client.key'));
}

/** Makes the server before the tests of a block, and removes it after them. */
function withServer(create: () => Promise<SecureServer>): { readonly current: () => SecureServer } {
  let secure: SecureServer | undefined;
  beforeAll(async () => {
    secure = await create();
    await secure.server.start();
  });
  afterAll(() => secure?.server.dispose());
  return {
    current: () => {
      if (secure === undefined) throw new Error('the server is not made yet');
      return secure;
    },
  };
}

describe('Postgres with TLS', () => {
  const server = withServer(createSecurePostgres);

  it('is reached with the right certificates, in transactions and in trains of statements too', async () => {
    const files = await ClientFiles.make(server.current());
    const database = new PostgresDatabase({
      url: url(),
      tls: files.options,
      applicationName: 'test',
    });
    const statement = {
      name: 'who',
      text: 'select ssl, client_dn from pg_stat_ssl where pid = pg_backend_pid()',
    };
    expect(await database.run(statement)).toEqual([{ ssl: true, client_dn: '/CN=plexus' }]);
    await database.transaction((transaction) => transaction.run(statement));
    const connection = await database.openConnection();
    await connection.run(statement);
    const bound = { statement, values: [] };
    await connection.together(() => connection.sendTrain([bound, bound, bound]));
    await connection.close();
    await database.close();
    await files.dispose();
  });

  it('is not reached without TLS, where its certificate is for another name, or ours is of nobody it knows', async () => {
    await expect(PostgresConnection.open({ url: url(), applicationName: 'test' })).rejects.toThrow(/no encryption/);
    const wrongName = await ClientFiles.make(server.current(), 'other.internal');
    await expect(open(wrongName)).rejects.toThrow(/altnames|ALTNAME/i);
    const files = await ClientFiles.make(server.current());
    await files.replacePair(await server.current().authority.issue(['plexus']));
    await expect(open(files)).rejects.toThrow(/connect to Postgres/);
    await Promise.all([wrongName.dispose(), files.dispose()]);
  });

  it('sees the new certificate of the next connection after the files were replaced', async () => {
    const files = await ClientFiles.make(server.current());
    const statement = { name: 'dn', text: 'select client_dn from pg_stat_ssl where pid = pg_backend_pid()' };
    const before = await open(files);
    await files.replacePair(await server.current().clients.issue(['renewed']));
    const after = await open(files);
    expect(await before.run(statement)).toEqual([{ client_dn: '/CN=plexus' }]);
    expect(await after.run(statement)).toEqual([{ client_dn: '/CN=renewed' }]);
    await Promise.all([before.close(), after.close(), files.dispose()]);
  });

  function open(files: ClientFiles): Promise<PostgresConnection> {
    return PostgresConnection.open({ url: url(), tls: files.options, applicationName: 'test' });
  }

  function url(): string {
    return `postgres://postgres@127.0.0.1:${server.current().port}/${SECURE_DATABASE}`;
  }
});

describe('Redis with TLS', () => {
  const server = withServer(createSecureRedis);

  it('is reached by the shared caches and the buckets, and again after it was away, with new certificates by then', async () => {
    const secure = server.current();
    const files = await ClientFiles.make(secure);
    const place = { kind: 'single', url: `redis://127.0.0.1:${secure.port}` } as const;
    let leases = 0;
    const store = new RedisCacheStore({ place, tls: files.options, nextLease: () => String((leases += 1)) });
    const buckets = new RedisTokenBuckets({ place, tls: files.options });
    await Promise.all([store.connected(), buckets.connected()]);
    expect(await use(buckets)).toBe(0);
    await files.replacePair(await secure.clients.issue(['renewed']));
    await secure.server.stop();
    await secure.server.start();
    await vi.waitFor(() => use(buckets), { timeout: 10_000 });
    await Promise.all([store.close(), buckets.close(), files.dispose()]);
  });

  it('is not reached with a certificate of somebody else', async () => {
    const secure = server.current();
    const files = await ClientFiles.make(secure);
    await files.replacePair(await secure.authority.issue(['plexus']));
    const buckets = new RedisTokenBuckets({
      place: { kind: 'single', url: `redis://127.0.0.1:${secure.port}` },
      tls: files.options,
    });
    await expect(use(buckets)).rejects.toThrow('the shared buckets cannot be reached');
    await Promise.all([buckets.close(), files.dispose()]);
  });
});

describe('Kafka with TLS and a login', () => {
  const server = withServer(createSecureKafka);

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'takes records after a login by %s',
    async (mechanism) => {
      const files = await ClientFiles.make(server.current());
      const topics = openTopics({ tls: files.options, sasl: { mechanism, ...KAFKA_LOGIN } }, mechanism);
      await expect.poll(() => setUp(topics), { timeout: 30_000 }).toBe('done');
      const value = { roomId: '!r', content: undefined };
      expect(await topics.producer.send(ROOM_EPHEMERAL, 0, [{ key: 'k', value }])).toBe(0);
      await topics.close();
      await files.dispose();
    },
  );

  it('logs in with the password that there is by then', async () => {
    const files = await ClientFiles.make(server.current());
    let password = 'wrong';
    const sasl = {
      mechanism: 'plain' as const,
      username: KAFKA_LOGIN.username,
      get password() {
        return password;
      },
    };
    const topics = openTopics({ tls: files.options, sasl }, 'changed');
    expect(await setUp(topics)).toMatch(/SASL|[Aa]uthentication/);
    password = KAFKA_LOGIN.password;
    await expect.poll(() => setUp(topics), { timeout: 30_000 }).toBe('done');
    await topics.close();
    await files.dispose();
  });

  it('takes nothing with a wrong password, without a login, or without a certificate', async () => {
    const files = await ClientFiles.make(server.current());
    const { username } = KAFKA_LOGIN;
    const wrong = openTopics(
      { tls: files.options, sasl: { mechanism: 'scram-sha-512', username, password: 'wrong' } },
      'wrong',
    );
    expect(await setUp(wrong)).toMatch(/SASL|[Aa]uthentication/);
    await wrong.close();
    const { secureContext: _unused, ...bare } = files.options;
    const uncertified = openTopics({ tls: { ...bare, ca: server.current().authority.cert } }, 'uncertified');
    expect(await setUp(uncertified)).not.toBe('done');
    await uncertified.close();
    await files.dispose();
  });

  function openTopics(security: Pick<KafkaTopicsOptions, 'tls' | 'sasl'>, prefix: string): KafkaTopics {
    return new KafkaTopics({
      brokers: [server.current().server.address],
      clientId: 'test',
      topicPrefix: `${prefix}.`,
      replicationFactor: 1,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 500,
      connectionTimeoutMs: 5_000,
      requestTimeoutMs: 10_000,
      clock: systemClock,
      ...security,
    });
  }
});

function use(buckets: RedisTokenBuckets): Promise<number> {
  return buckets.use({ key: 'k', size: { perSecond: 10, burst: 10 }, mode: 'take' });
}

async function setUp(topics: KafkaTopics): Promise<string> {
  try {
    await topics.setUp([{ topic: ROOM_EPHEMERAL, partitions: 1 }]);
    return 'done';
  } catch (error) {
    return error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
  }
}
