import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfilePropagationRepository, ProfileRepository, UserRepository } from '@plexus/storage';

export interface ProfilesHarness {
  readonly users: UserRepository;
  readonly profiles: ProfileRepository;
  readonly propagations: ProfilePropagationRepository;
  /** Lets the time of all claims run out. */
  expireClaims(): Promise<void>;
  close(): Promise<void>;
}

const CLAIM_MS = 60_000;

/** What every adapter of the profiles does. */
export function profilesContract(adapter: string, open: () => Promise<ProfilesHarness>): void {
  describe(`ProfilesContract: ${adapter}`, () => {
    let harness: ProfilesHarness;
    let last = 0;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    async function addUser(): Promise<string> {
      const userId = `@profile${(last += 1)}:one.example`;
      await harness.users.addUser({ userId, passwordHash: 'hash' });
      return userId;
    }
    async function fieldsOf(userId: string): Promise<object> {
      return Object.fromEntries((await harness.profiles.findProfile(userId)) ?? [['none', true]]);
    }
    /** Takes all jobs that are there. */
    async function takeAll(): Promise<Map<string, { claim: string; version: number; lastRoomId: string }>> {
      const taken = new Map<string, { claim: string; version: number; lastRoomId: string }>();
      for (;;) {
        const claimed = await harness.propagations.claimPropagation(CLAIM_MS);
        if (claimed === undefined) return taken;
        const { userId, version, lastRoomId } = claimed.job;
        taken.set(userId, { claim: claimed.claim, version, lastRoomId });
      }
    }

    it('keeps fields of any JSON, sets them anew and removes them', async () => {
      const userId = await addUser();
      const { profiles } = harness;
      expect(await fieldsOf(userId)).toEqual({});
      await profiles.changeProfile(userId, 'displayname', 'Alice');
      await profiles.changeProfile(userId, 'org.example.any', { a: [1, null, 'x\0'] });
      await profiles.changeProfile(userId, 'org.example.null', null);
      expect(await fieldsOf(userId)).toEqual({
        displayname: 'Alice',
        'org.example.any': { a: [1, null, 'x\0'] },
        'org.example.null': null,
      });
      await profiles.changeProfile(userId, 'displayname', undefined);
      await profiles.changeProfile(userId, 'org.example.any', undefined);
      await profiles.changeProfile(userId, 'org.example.none', undefined);
      expect(await fieldsOf(userId)).toEqual({ 'org.example.null': null });
    });

    it('gives the profiles of several users at once', async () => {
      const [one, other, gone] = [await addUser(), await addUser(), await addUser()];
      const { profiles, users } = harness;
      await profiles.changeProfile(one, 'org.example.b', [1]);
      await profiles.changeProfile(one, 'org.example.a', 'x\0"');
      await profiles.changeProfile(one, 'displayname', 'One');
      await users.deactivateUser(gone);
      const found = await profiles.listProfiles([gone, other, '@nobody:one.example', one]);
      expect(new Set(found.keys())).toEqual(new Set([one, other]));
      expect(Object.fromEntries(found.get(one) ?? [])).toEqual({
        displayname: 'One',
        'org.example.a': 'x\0"',
        'org.example.b': [1],
      });
      expect(found.get(other)?.size).toBe(0);
      expect(await profiles.listProfiles([])).toEqual(new Map());
    });

    it('shows display name and avatar to rooms', async () => {
      const userId = await addUser();
      await harness.profiles.changeProfile(userId, 'displayname', 'Alice');
      await harness.profiles.changeProfile(userId, 'avatar_url', 'mxc://one.example/a');
      const shown = { displayName: 'Alice', avatarUrl: 'mxc://one.example/a' };
      expect((await harness.users.findProfiles([userId])).get(userId)).toEqual(shown);
    });

    it('has a greatest size', async () => {
      const userId = await addUser();
      const { profiles } = harness;
      expect(await profiles.changeProfile(userId, 'org.example.a', 'x'.repeat(40_000))).toBe('changed');
      expect(await profiles.changeProfile(userId, 'org.example.b', 'x'.repeat(40_000))).toBe('too-large');
      expect(await profiles.changeProfile(userId, 'org.example.a', 'y'.repeat(50_000))).toBe('changed');
      expect(Object.keys(await fieldsOf(userId))).toEqual(['org.example.a']);
    });

    it('knows nobody who does not exist or is deactivated', async () => {
      const userId = await addUser();
      await harness.users.deactivateUser(userId);
      for (const nobody of [userId, '@nobody:one.example']) {
        expect(await harness.profiles.findProfile(nobody)).toBeUndefined();
        expect(await harness.profiles.changeProfile(nobody, 'displayname', 'x')).toBe('unknown-user');
      }
    });

    it('gives each job to one worker, and again when its claim has run out', async () => {
      const userId = await addUser();
      await harness.profiles.changeProfile(userId, 'org.example.a', 1);
      expect((await takeAll()).has(userId)).toBe(false);
      await harness.profiles.changeProfile(userId, 'displayname', 'Alice');
      const first = (await takeAll()).get(userId);
      expect(first).toMatchObject({ lastRoomId: '' });
      expect((await takeAll()).has(userId)).toBe(false);
      await harness.propagations.advance(
        first?.claim ?? '',
        { version: first?.version ?? 0, lastRoomId: '!b' },
        CLAIM_MS,
      );
      await harness.expireClaims();
      const second = (await takeAll()).get(userId);
      expect(second).toMatchObject({ version: first?.version, lastRoomId: '!b' });
      const done = { version: first?.version ?? 0, lastRoomId: '!c' };
      expect(await harness.propagations.advance(first?.claim ?? '', done, CLAIM_MS)).toBeUndefined();
      expect(await harness.propagations.finish(first?.claim ?? '', done.version)).toBe(false);
      expect(await harness.propagations.finish(second?.claim ?? '', done.version)).toBe(true);
    });

    it('begins again when the profile changes on the way', async () => {
      const userId = await addUser();
      await harness.profiles.changeProfile(userId, 'displayname', 'Alice');
      const job = (await takeAll()).get(userId);
      const { claim = '', version = 0 } = job ?? {};
      await harness.profiles.changeProfile(userId, 'displayname', 'Alicia');
      const now = await harness.propagations.advance(claim, { version, lastRoomId: '!b' }, CLAIM_MS);
      expect(now).toEqual({ userId, version: version + 1, lastRoomId: '' });
      expect(await harness.propagations.finish(claim, version)).toBe(false);
      expect(await harness.propagations.finish(claim, version + 1)).toBe(true);
    });

    it('has no version of a user twice', async () => {
      const userId = await addUser();
      const versions: number[] = [];
      for (const name of ['Alice', 'Alicia', 'Alice']) {
        await harness.profiles.changeProfile(userId, 'displayname', name);
        const { claim = '', version = 0 } = (await takeAll()).get(userId) ?? {};
        versions.push(version);
        expect(await harness.propagations.finish(claim, version)).toBe(true);
      }
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    });
  });
}
