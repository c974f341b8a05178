import type { AppserviceRecord, AppserviceRepository, Appservices, NewAppservice } from '@plexus/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface AppservicesHarness {
  readonly appservices: Appservices & AppserviceRepository;
  close(): Promise<void>;
}

/** What every adapter of the application services' ports does. `open` is called once; each test takes some of its own. */
export function appservicesContract(adapter: string, open: () => Promise<AppservicesHarness>): void {
  describe(`AppservicesContract: ${adapter}`, () => {
    let harness: AppservicesHarness;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    function find(id: string): AppserviceRecord | undefined {
      return harness.appservices.list().find((record) => record.id === id);
    }

    it('shows one as soon as it is added, and the same list until something changes', async () => {
      expect(await harness.appservices.addAppservice(appserviceOf('add'))).toBe('stored');
      const { tokenHash, ...rest } = appserviceOf('add');
      expect(find('add')).toMatchObject({ ...rest, tokens: [{ tokenHash }], version: 1 });
      expect(find('add')?.tokens[0]).not.toHaveProperty('expiresAt');
      expect(harness.appservices.list()).toBe(harness.appservices.list());
    });

    it('keeps ids and tokens apart', async () => {
      await harness.appservices.addAppservice(appserviceOf('apart'));
      expect(await harness.appservices.addAppservice({ ...appserviceOf('apart'), tokenHash: hashOf('x') })).toBe(
        'id-in-use',
      );
      const thief = { ...appserviceOf('thief'), tokenHash: hashOf('apart') };
      expect(await harness.appservices.addAppservice(thief)).toBe('token-in-use');
      expect(find('thief')).toBeUndefined();
      await harness.appservices.addAppservice(appserviceOf('other'));
      const theft = { token: { tokenHash: hashOf('apart'), overlapMs: 0 }, hsToken: 'changed' };
      expect(await harness.appservices.changeAppservice('other', theft)).toBe('token-in-use');
      expect(find('other')).toMatchObject({
        hsToken: 'hs-other',
        tokens: [{ tokenHash: hashOf('other') }],
        version: 1,
      });
    });

    it('changes what is named, and leaves the other records as they are', async () => {
      await harness.appservices.addAppservice(appserviceOf('change'));
      await harness.appservices.addAppservice(appserviceOf('bystander'));
      const bystander = find('bystander');
      const { settings } = appserviceOf('change');
      const change = { servers: ['one.example'], settings: { ...settings, protocols: ['irc'] } } as const;
      expect(await harness.appservices.changeAppservice('change', change)).toBe('stored');
      expect(find('change')).toMatchObject({ ...change, hsToken: 'hs-change', origin: 'admin-api', version: 2 });
      expect(find('bystander')).toBe(bystander);
      await harness.appservices.changeAppservice('change', change);
      expect(find('change')?.version).toBe(2);
      await harness.appservices.changeAppservice('change', { servers: 'all', origin: 'configuration' });
      expect(find('change')).toMatchObject({ servers: 'all', origin: 'configuration', version: 3 });
      expect(await harness.appservices.changeAppservice('nobody', { hsToken: 'x' })).toBe('unknown');
    });

    it('lets a replaced token be good for a while', async () => {
      await harness.appservices.addAppservice(appserviceOf('rotate'));
      const token = (name: string, overlapMs: number) => ({ token: { tokenHash: hashOf(name), overlapMs } });
      await harness.appservices.changeAppservice('rotate', token('second', 60_000));
      expect(find('rotate')?.tokens).toEqual([
        { tokenHash: hashOf('second') },
        { tokenHash: hashOf('rotate'), expiresAt: expect.any(Number) },
      ]);
      expect(find('rotate')?.version).toBe(2);
      await harness.appservices.changeAppservice('rotate', token('second', 0));
      expect(find('rotate')).toMatchObject({ version: 2, tokens: [{}, {}] });
      await harness.appservices.changeAppservice('rotate', token('rotate', 0));
      expect(find('rotate')?.tokens).toEqual([{ tokenHash: hashOf('rotate') }]);
    });

    it('tells of every change until it is told not to', async () => {
      const heard: number[] = [];
      const stop = harness.appservices.onChange(() => heard.push(harness.appservices.revision));
      await harness.appservices.addAppservice(appserviceOf('heard'));
      await harness.appservices.changeAppservice('heard', { hsToken: 'changed' });
      await harness.appservices.changeAppservice('heard', { hsToken: 'changed' });
      stop();
      await harness.appservices.removeAppservice('heard');
      expect(heard).toHaveLength(2);
      expect(new Set([...heard, harness.appservices.revision]).size).toBe(3);
    });

    it('removes one with its tokens', async () => {
      await harness.appservices.addAppservice(appserviceOf('remove'));
      expect(await harness.appservices.removeAppservice('remove')).toBe(true);
      expect(find('remove')).toBeUndefined();
      expect(await harness.appservices.removeAppservice('remove')).toBe(false);
      const heir = { ...appserviceOf('heir'), tokenHash: hashOf('remove') };
      expect(await harness.appservices.addAppservice(heir)).toBe('stored');
    });
  });
}

function hashOf(name: string): Buffer {
  return Buffer.alloc(32, name);
}

function appserviceOf(id: string): NewAppservice {
  return {
    id,
    servers: 'all',
    settings: {
      url: 'http://127.0.0.1:1',
      senderLocalpart: `${id}bot`,
      namespaces: { users: [{ regex: `@_${id}_.*`, isExclusive: true }], aliases: [], rooms: [] },
      protocols: [],
      isRateLimited: true,
      ipRangeWhitelist: [],
      receivesEphemeral: false,
      receivesDeviceChanges: false,
      managesDevices: false,
    },
    hsToken: `hs-${id}`,
    origin: 'admin-api',
    tokenHash: hashOf(id),
  };
}
