import { encodeBase64 } from '@plexus/matrix-base';
import { FakeHostedServers } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ImportSigningKeys } from './import-signing-keys.ts';

const NOW = 1_700_000_000_000;
const key = encodeBase64(Buffer.alloc(32, 5));

let servers: FakeHostedServers;
let importKeys: ImportSigningKeys;
beforeEach(() => {
  servers = new FakeHostedServers(['one.example']);
  importKeys = new ImportSigningKeys(servers, { now: () => NOW });
});

describe('ImportSigningKeys', () => {
  it('adds the keys behind those of the server, again as well', async () => {
    const given = { 'ed25519:a_old': { key: `${key}=`, expired_ts: 5 } };
    const own = servers.listKeys('one.example') ?? [];
    const all = [...own, { keyId: 'ed25519:a_old', publicKey: key, retiredAt: 5 }];
    expect(await importKeys.execute('one.example', given)).toEqual(all);
    expect(await importKeys.execute('one.example', given)).toEqual(all);
  });

  it.each([
    ['rsa:old', key, 5],
    ['ed25519:', key, 5],
    ['ed25519:o.ld', key, 5],
    ['ed25519:old', 'short', 5],
    ['ed25519:old', 'not Base64!', 5],
    ['ed25519:old', key, NOW + 1],
    ['ed25519:old', key, -1],
  ])('refuses %s, %s, expired at %d', async (keyId, text, at) => {
    const given = { [keyId]: { key: text, expired_ts: at } };
    await expect(importKeys.execute('one.example', given)).rejects.toMatchObject({ httpStatus: 400 });
    expect(servers.listKeys('one.example')).toHaveLength(1);
  });

  it('refuses a key that was made here, and a server that is not hosted', async () => {
    const given = { 'ed25519:1': { key, expired_ts: 5 } };
    await expect(importKeys.execute('one.example', given)).rejects.toMatchObject({ httpStatus: 409 });
    await expect(importKeys.execute('none.example', given)).rejects.toMatchObject({ httpStatus: 404 });
  });
});
