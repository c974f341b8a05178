import { FakeHostedServers } from '@plexus/testing';
import { systemClock, systemRandomSource } from '@plexus/service-shell';
import { describe, expect, it } from 'vitest';
import { SeedServers } from './seed-servers.ts';

const configured = { serverName: 'one.example', settings: { aliases: ['a'] }, signingKey: undefined, formerKeys: {} };

describe('SeedServers', () => {
  it('adds the servers of the file, each with a key', async () => {
    const servers = new FakeHostedServers();
    await new SeedServers(servers, systemRandomSource, systemClock).execute([configured]);
    expect(servers.find('one.example')).toMatchObject({ origin: 'configuration', settings: { aliases: ['a'] } });
    expect(servers.findSigningKey('one.example')).toBeDefined();
  });

  it('imports the key of a server that moves here, and only then', async () => {
    const servers = new FakeHostedServers();
    const seed = new SeedServers(servers, systemRandomSource, systemClock);
    const base64 = Buffer.alloc(32, 3).toString('base64').replaceAll('=', '');
    await seed.execute([{ ...configured, signingKey: `ed25519 a_Xyz ${base64}\n` }]);
    const key = servers.findSigningKey('one.example');
    expect(key?.keyId).toBe('ed25519:a_Xyz');
    await seed.execute([configured]);
    expect(servers.findSigningKey('one.example')).toBe(key);
  });

  it('has keys published that a server had elsewhere, as the file gives them', async () => {
    const servers = new FakeHostedServers();
    const seed = new SeedServers(servers, systemRandomSource, systemClock);
    const key = Buffer.alloc(32, 3).toString('base64').replaceAll('=', '');
    for (const expiredAt of [7_000, 7_000, 8_000]) {
      await seed.execute([{ ...configured, formerKeys: { 'ed25519:a_former': { key, expired_ts: expiredAt } } }]);
      const former = { keyId: 'ed25519:a_former', publicKey: key, retiredAt: expiredAt };
      expect(servers.listKeys('one.example')?.slice(1)).toEqual([former]);
    }
    await seed.execute([configured]);
    expect(servers.listKeys('one.example')).toHaveLength(2);
    const bad = { 'ed25519:a b': { key, expired_ts: 7_000 } };
    await expect(seed.execute([{ ...configured, formerKeys: bad }])).rejects.toThrow(
      '"old_signing_keys" of one.example',
    );
    const { keyId = '' } = servers.findSigningKey('one.example') ?? {};
    const own = { [keyId]: { key, expired_ts: 7_000 } };
    await expect(seed.execute([{ ...configured, formerKeys: own }])).rejects.toThrow('has made here');
  });

  it.each(['', 'ed25519 a', 'ed25519 a AAAA', 'rsa a AAAA', 'ed25519 a-b AAAA'])(
    'refuses the key %j',
    async (signingKey) => {
      const seed = new SeedServers(new FakeHostedServers(), systemRandomSource, systemClock);
      await expect(seed.execute([{ ...configured, signingKey }])).rejects.toThrow('signing key of one.example');
    },
  );

  it('gives a known server the settings of the file, and leaves its status alone', async () => {
    const servers = new FakeHostedServers(['one.example']);
    await servers.changeServer('one.example', { status: 'suspended' });
    await new SeedServers(servers, systemRandomSource, systemClock).execute([configured]);
    expect(servers.find('one.example')).toMatchObject({ status: 'suspended', settings: { aliases: ['a'] } });
  });

  it('keeps a server that the file no longer names, for the admin API to remove', async () => {
    const servers = new FakeHostedServers(['one.example', 'old.example']);
    const dropped = await new SeedServers(servers, systemRandomSource, systemClock).execute([configured]);
    expect(dropped.map(({ serverName }) => serverName)).toEqual(['old.example']);
    expect(servers.find('old.example')).toMatchObject({ origin: 'admin-api', status: 'active' });
  });

  it('refuses what is no server name', async () => {
    const seed = new SeedServers(new FakeHostedServers(), systemRandomSource, systemClock);
    await expect(seed.execute([{ ...configured, serverName: 'a b' }])).rejects.toThrow('not a server name');
  });
});
