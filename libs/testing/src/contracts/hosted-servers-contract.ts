import { encodeBase64 } from '@plexus/matrix-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  FormerKeys,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
  NewHostedServer,
  ServerRemovalRepository,
  UserRepository,
} from '@plexus/storage';

export interface HostedServersHarness {
  readonly servers: HostedServers & HostedServerKeys & HostedServerRepository;
  readonly removals: ServerRemovalRepository;
  readonly users: UserRepository;
  /** Lets all claims of removals run out. */
  expireClaims(): Promise<void>;
  /** Some milliseconds, by the clock of the storage. */
  letTimePass(): Promise<void>;
  /** Makes the process's copy current after something else wrote. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of the hosted servers' ports does. `open` is called once; each test takes servers of its own. */
export function hostedServersContract(adapter: string, open: () => Promise<HostedServersHarness>): void {
  describe(`HostedServersContract: ${adapter}`, () => {
    let harness: HostedServersHarness;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    it('shows a server and its key as soon as it is added', async () => {
      expect(harness.servers.isHosted('add.example')).toBe(false);
      expect(await harness.servers.addServer(serverOf('add.example'))).toBe(true);
      expect(harness.servers.isHosted('add.example')).toBe(true);
      expect(harness.servers.isHosted('ADD.example')).toBe(false);
      const expected = {
        serverName: 'add.example',
        status: 'active',
        settings: { aliases: ['a'] },
        origin: 'admin-api',
      };
      expect(harness.servers.find('add.example')).toMatchObject(expected);
      expect(harness.servers.findSigningKey('add.example')?.keyId).toBe('ed25519:k');
      expect(harness.servers.findSigningKey('other.example')).toBeUndefined();
    });

    it('leaves a server that exists as it is', async () => {
      await harness.servers.addServer(serverOf('twice.example'));
      const again = { ...serverOf('twice.example'), settings: {}, keyId: 'ed25519:other' };
      expect(await harness.servers.addServer(again)).toBe(false);
      expect(harness.servers.find('twice.example')?.settings).toEqual({ aliases: ['a'] });
      expect(harness.servers.findSigningKey('twice.example')?.keyId).toBe('ed25519:k');
    });

    it('raises the version with a change and only then', async () => {
      await harness.servers.addServer(serverOf('change.example'));
      const before = harness.servers.find('change.example')?.version ?? 0;
      expect(await harness.servers.changeServer('change.example', { status: 'suspended' })).toMatchObject({
        status: 'suspended',
        settings: { aliases: ['a'] },
        version: before + 1,
      });
      expect(await harness.servers.changeServer('change.example', { status: 'suspended' })).toMatchObject({
        version: before + 1,
      });
      expect(await harness.servers.changeServer('nowhere.example', { status: 'active' })).toBeUndefined();
    });

    it('lists servers in the order of their names', async () => {
      await harness.servers.addServer(serverOf('z.example'));
      await harness.servers.addServer(serverOf('a.example'));
      const names = harness.servers.list().map(({ serverName }) => serverName);
      expect(names).toEqual([...names].sort());
      expect(names).toContain('z.example');
    });

    it('announces a key, then signs with it, and retires the one before only after that long', async () => {
      const { servers } = harness;
      await servers.addServer(serverOf('rotate.example'));
      const stages = () =>
        servers
          .listKeys('rotate.example')
          ?.map(({ keyId, activeSince, retiredAt }) => [keyId, activeSince !== undefined, retiredAt !== undefined]);
      expect(stages()).toEqual([['ed25519:k', true, false]]);
      const next = { serverName: 'rotate.example', keyId: 'ed25519:next', seed: Buffer.alloc(32, 9) };
      expect(await servers.announceKey(next)).toBe('ed25519:next');
      expect(await servers.announceKey({ ...next, keyId: 'ed25519:third' })).toBe('ed25519:next');
      expect(await servers.announceKey({ ...next, serverName: 'nowhere.example' })).toBeUndefined();
      expect(stages()).toEqual([
        ['ed25519:next', false, false],
        ['ed25519:k', true, false],
      ]);
      expect(servers.findSigningKey('rotate.example')?.keyId).toBe('ed25519:k');
      expect(await servers.activateKeys({ announcedMs: 60_000 })).toBe(0);
      expect(await servers.activateKeys({ serverName: 'rotate.example' })).toBe(1);
      expect(servers.findSigningKey('rotate.example')?.keyId).toBe('ed25519:next');
      expect(await servers.retireKeys(60_000)).toBe(0);
      await harness.letTimePass();
      expect(await servers.retireKeys(1)).toBe(1);
      expect(await servers.retireKeys(1)).toBe(0);
      expect(stages()).toEqual([
        ['ed25519:next', true, false],
        ['ed25519:k', true, true],
      ]);
      expect(await servers.announceKey({ ...next, keyId: 'ed25519:k' })).toBeUndefined();
      expect(servers.listKeys('nowhere.example')).toBeUndefined();
    });

    it('keeps the public halves of keys from elsewhere, and signs with none of them', async () => {
      const { servers } = harness;
      await servers.addServer(serverOf('moved.example'));
      const serverName = 'moved.example';
      const keys = [keyOf('ed25519:first', 1, 1_000), keyOf('ed25519:second', 2, 2_000)];
      expect(await servers.importKeys({ serverName, keys })).toBe(true);
      const [own, ...former] = servers.listKeys(serverName) ?? [];
      expect(own?.keyId).toBe('ed25519:k');
      const [first, second] = keys.map(({ keyId, publicKey, expiredAt }) => ({
        keyId,
        publicKey,
        retiredAt: expiredAt,
      }));
      expect(former).toEqual([second, first]);
      expect(servers.findSigningKey(serverName)?.keyId).toBe('ed25519:k');
      // Again, as they are known now.
      expect(await servers.importKeys({ serverName, keys: [keyOf('ed25519:first', 1, 3_000)] })).toBe(true);
      expect(servers.listKeys(serverName)?.[1]).toEqual({ ...first, retiredAt: 3_000 });
      expect(await servers.importKeys({ serverName, keys: [keyOf('ed25519:k', 1, 1_000)] })).toBe(false);
      expect(servers.listKeys(serverName)?.filter(({ keyId }) => keyId === 'ed25519:k')).toEqual([own]);
      expect(await servers.importKeys({ serverName: 'nowhere.example', keys })).toBe(false);
      const next = { serverName, keyId: 'ed25519:first', seed: Buffer.alloc(32, 9) };
      expect(await servers.announceKey(next)).toBeUndefined();
      expect(await servers.announceKey({ ...next, keyId: 'ed25519:next' })).toBe('ed25519:next');
      await harness.removals.removeServerRows(serverName);
      await harness.refresh();
      await servers.addServer(serverOf(serverName));
      expect(servers.listKeys(serverName)?.map(({ keyId }) => keyId)).toEqual(['ed25519:k']);
    });

    it('runs one removal of a server at a time and hands it to one process', async () => {
      await harness.servers.addServer(serverOf('gone.example'));
      await harness.users.addUser({ userId: '@a:gone.example', passwordHash: undefined });
      const removal = await harness.removals.startRemoval('gone.example', 'job-1');
      expect(removal).toMatchObject({ jobId: 'job-1', step: 'users', usersTotal: 1, usersDone: 0 });
      expect(await harness.removals.startRemoval('gone.example', 'job-2')).toMatchObject({ jobId: 'job-1' });

      const first = await harness.removals.claimRemoval(60_000);
      expect(first?.removal.jobId).toBe('job-1');
      expect(await harness.removals.claimRemoval(60_000)).toBeUndefined();
      await harness.expireClaims();
      const second = await harness.removals.claimRemoval(60_000);
      expect(second?.removal.jobId).toBe('job-1');
      const progress = { usersDone: 1, lastUserId: '@a:gone.example', refusedDepartures: 2, lastError: 'x' };
      expect(await harness.removals.recordProgress(first?.claim ?? '', progress, 60_000)).toBe(false);
      expect(await harness.removals.recordProgress(second?.claim ?? '', progress, 60_000)).toBe(true);
      expect(await harness.removals.findRemoval('job-1')).toMatchObject({ ...progress, step: 'users' });

      await harness.removals.removeUserRows('@a:gone.example', []);
      await harness.removals.removeServerRows('gone.example');
      expect(await harness.removals.recordProgress(second?.claim ?? '', { step: 'done' }, 60_000)).toBe(true);
      expect(await harness.removals.findRemoval('job-1')).toMatchObject({ step: 'done', lastError: undefined });
      expect((await harness.removals.findRemoval('job-1'))?.finishedAt).toBeDefined();
      await harness.refresh();
      expect(harness.servers.isHosted('gone.example')).toBe(false);
      expect(harness.servers.findSigningKey('gone.example')).toBeUndefined();
      expect(await harness.users.countUsers('gone.example')).toBe(0);
      expect(await harness.removals.claimRemoval(60_000)).toBeUndefined();
    });
  });
}

function serverOf(serverName: string): NewHostedServer {
  return {
    serverName,
    settings: { aliases: ['a'] },
    origin: 'admin-api',
    keyId: 'ed25519:k',
    seed: Buffer.alloc(32, 7),
  };
}

function keyOf(keyId: string, byte: number, expiredAt: number): FormerKeys['keys'][number] {
  return { keyId, publicKey: encodeBase64(Buffer.alloc(32, byte)), expiredAt };
}
