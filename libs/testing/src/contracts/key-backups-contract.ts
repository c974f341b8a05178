import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackedUpKey, KeyBackupRepository, UserRepository } from '@plexus/storage';

export interface KeyBackupsHarness {
  readonly users: UserRepository;
  readonly backups: KeyBackupRepository;
  close(): Promise<void>;
}

const BACKUP = { algorithm: 'a', authData: '{"k":1}' };

/** What every adapter of the backups of room keys does. `open` is called once; each test takes users of its own. */
export function keyBackupsContract(adapter: string, open: () => Promise<KeyBackupsHarness>): void {
  describe(`KeyBackupsContract: ${adapter}`, () => {
    let harness: KeyBackupsHarness;
    let last = 0;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    async function addUser(): Promise<string> {
      const userId = `@b${++last}:one.example`;
      await harness.users.addUser({ userId, passwordHash: 'hash' });
      return userId;
    }

    it('counts versions, and shows the last one that is left as the current one', async () => {
      const userId = await addUser();
      expect(await harness.backups.findBackup(userId)).toBeUndefined();
      expect(await harness.backups.createBackup(userId, BACKUP)).toBe(1);
      expect(await harness.backups.createBackup(userId, { ...BACKUP, authData: '{}' })).toBe(2);
      const first = { version: 1, ...BACKUP, etag: 0, count: 0 };
      expect(await harness.backups.findBackup(userId, 1)).toMatchObject(first);
      expect(await harness.backups.findBackup(userId)).toMatchObject({ version: 2, authData: '{}' });
      expect(await harness.backups.removeBackup(userId, 2)).toBe(true);
      expect(await harness.backups.removeBackup(userId, 2)).toBe(true);
      expect(await harness.backups.removeBackup(userId, 7)).toBe(false);
      expect(await harness.backups.findBackup(userId, 2)).toBeUndefined();
      expect(await harness.backups.findBackup(userId)).toMatchObject(first);
      expect(await harness.backups.createBackup(userId, BACKUP)).toBe(3);
    });

    it('gives two versions that are made at once two numbers', async () => {
      const userId = await addUser();
      const made = await Promise.all([1, 2, 3].map(() => harness.backups.createBackup(userId, BACKUP)));
      expect(made.toSorted()).toEqual([1, 2, 3]);
    });

    it('changes the data of a version that there is', async () => {
      const userId = await addUser();
      await harness.backups.createBackup(userId, BACKUP);
      expect(await harness.backups.setAuthData(userId, 1, '{"k":2}')).toBe(true);
      expect(await harness.backups.setAuthData(userId, 2, '{}')).toBe(false);
      expect(await harness.backups.findBackup(userId)).toMatchObject({ authData: '{"k":2}' });
    });

    it('takes keys into the current version only', async () => {
      const userId = await addUser();
      expect(await harness.backups.storeBackedUpKeys(userId, 1, [keyOf({})])).toEqual({ outcome: 'no-backup' });
      await harness.backups.createBackup(userId, BACKUP);
      await harness.backups.createBackup(userId, BACKUP);
      const other = { outcome: 'other-version', currentVersion: 2 };
      expect(await harness.backups.storeBackedUpKeys(userId, 1, [keyOf({})])).toEqual(other);
    });

    it('counts keys, and has another etag where something changed', async () => {
      const userId = await addUser();
      await harness.backups.createBackup(userId, BACKUP);
      const keys = [keyOf({ sessionId: 's' }), keyOf({ sessionId: 't' })];
      const stored = await harness.backups.storeBackedUpKeys(userId, 1, keys);
      expect(stored).toEqual({ outcome: 'stored', state: { etag: 1, count: 2 } });
      expect(await harness.backups.storeBackedUpKeys(userId, 1, keys)).toEqual(stored);
      expect(await harness.backups.removeBackedUpKeys(userId, 1, { roomId: '!none' })).toEqual({ etag: 1, count: 2 });
      const one = { roomId: '!r', sessionId: 's' };
      expect(await harness.backups.removeBackedUpKeys(userId, 1, one)).toEqual({ etag: 2, count: 1 });
      expect(await harness.backups.removeBackedUpKeys(userId, 1, {})).toEqual({ etag: 3, count: 0 });
      expect(await harness.backups.removeBackedUpKeys(userId, 2, {})).toBeUndefined();
    });

    it.each<[string, Partial<BackedUpKey>, Partial<BackedUpKey>]>([
      ['a verified one', { isVerified: true, firstMessageIndex: 9, forwardedCount: 9 }, {}],
      ['a lower first index', { firstMessageIndex: 1, forwardedCount: 9 }, { firstMessageIndex: 2 }],
      ['a lower count of forwards', { forwardedCount: 1 }, { forwardedCount: 2 }],
    ])('keeps of two keys of a session %s, whichever comes first', async (_title, better, worse) => {
      const [key, other] = [keyOf({ ...better, sessionData: '"better"' }), keyOf({ ...worse, sessionData: '"worse"' })];
      for (const order of [
        [key, other],
        [other, key],
      ]) {
        const userId = await addUser();
        await harness.backups.createBackup(userId, BACKUP);
        for (const next of order) await harness.backups.storeBackedUpKeys(userId, 1, [next]);
        expect(await harness.backups.listBackedUpKeys(userId, 1, { limit: 10 })).toEqual([key]);
      }
    });

    it('lists keys in pages', async () => {
      const userId = await addUser();
      await harness.backups.createBackup(userId, BACKUP);
      const keys = ['!a', '!b'].flatMap((roomId) => ['s', 't'].map((sessionId) => keyOf({ roomId, sessionId })));
      await harness.backups.storeBackedUpKeys(userId, 1, keys);
      const first = await harness.backups.listBackedUpKeys(userId, 1, { limit: 3 });
      expect(first).toEqual(keys.slice(0, 3));
      const after = first.at(-1) ?? keyOf({});
      expect(await harness.backups.listBackedUpKeys(userId, 1, { after, limit: 3 })).toEqual(keys.slice(3));
      const ofRoom = await harness.backups.listBackedUpKeys(userId, 1, { roomId: '!b', limit: 9 });
      expect(ofRoom).toEqual(keys.slice(2));
    });
  });
}

function keyOf(changes: Partial<BackedUpKey>): BackedUpKey {
  const counts = { firstMessageIndex: 0, forwardedCount: 0, isVerified: false };
  return { roomId: '!r', sessionId: 's', ...counts, sessionData: '{}', ...changes };
}
