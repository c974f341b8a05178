import { AppserviceRegistry } from '@plexus/appservices';
import { hashAccessToken } from '@plexus/service-shell';
import { FakeAppservices } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { SeedAppservices } from './seed-appservices.ts';
import type { ConfiguredAppservice } from './seed-appservices.ts';

const settings = {
  senderLocalpart: 'bot',
  namespaces: { users: [], aliases: [], rooms: [] },
  protocols: [],
  isRateLimited: true,
  ipRangeWhitelist: [],
  receivesEphemeral: false,
  receivesDeviceChanges: false,
  managesDevices: false,
};

function configured(id: string, asToken = `as-${id}`): ConfiguredAppservice {
  return { source: `/etc/${id}.yaml`, registration: { id, asToken, hsToken: `hs-${id}`, settings }, servers: 'all' };
}

describe('SeedAppservices', () => {
  let appservices: FakeAppservices;
  let seed: SeedAppservices;

  beforeEach(() => {
    appservices = new FakeAppservices();
    const registry = new AppserviceRegistry(appservices, { isHosted: () => true }, { now: () => appservices.now });
    seed = new SeedAppservices({ registry, repository: appservices }, 60_000);
  });

  it('adds what is new, and changes nothing the second time', async () => {
    await seed.execute([configured('irc')]);
    await seed.execute([configured('irc')]);
    expect(appservices.list()).toMatchObject([{ id: 'irc', origin: 'configuration', servers: 'all', version: 1 }]);
  });

  it('follows what files say, and lets a former token be good for a while', async () => {
    await seed.execute([configured('irc')]);
    await seed.execute([{ ...configured('irc', 'as-new'), servers: ['one.example'] }]);
    const [irc] = appservices.list();
    expect(irc?.servers).toEqual(['one.example']);
    expect(irc?.tokens).toEqual([
      { tokenHash: hashAccessToken('as-new') },
      { tokenHash: hashAccessToken('as-irc'), expiresAt: 61_000 },
    ]);
  });

  it('removes what no file names any more, but nothing that the admin API added', async () => {
    const { registration, servers } = configured('sms');
    const { asToken, ...stored } = registration;
    await appservices.addAppservice({ ...stored, servers, origin: 'admin-api', tokenHash: hashAccessToken(asToken) });
    await seed.execute([configured('irc')]);
    await seed.execute([]);
    expect(appservices.list().map(({ id }) => id)).toEqual(['sms']);
  });

  it('takes over what a file has the id of', async () => {
    const { registration, servers } = configured('irc');
    const { asToken, ...stored } = registration;
    await appservices.addAppservice({ ...stored, servers, origin: 'admin-api', tokenHash: hashAccessToken(asToken) });
    await seed.execute([configured('irc')]);
    expect(appservices.list()).toMatchObject([{ id: 'irc', origin: 'configuration' }]);
  });

  it('refuses ids and tokens that are there twice, and names the files', async () => {
    const twin = { ...configured('irc', 'other'), source: '/etc/twin.yaml' };
    await expect(seed.execute([configured('irc'), twin])).rejects.toThrow(
      /twin\.yaml[^]*id: is that of \/etc\/irc\.yaml/,
    );
    const thief = configured('sms', 'as-irc');
    await expect(seed.execute([configured('irc'), thief])).rejects.toThrow(/sms\.yaml[^]*as_token: is that of/);
    expect(appservices.list()).toEqual([]);
  });

  it('refuses the token of what the admin API added', async () => {
    const { registration, servers } = configured('sms');
    const { asToken, ...stored } = registration;
    await appservices.addAppservice({ ...stored, servers, origin: 'admin-api', tokenHash: hashAccessToken(asToken) });
    await expect(seed.execute([configured('irc', 'as-sms')])).rejects.toThrow('as_token');
  });
});
