import type { UserProfile } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { GatheredProfiles } from './gathered-profiles.ts';

const [alice, bob, nobody] = ['@alice:one', '@bob:one', '@nobody:one'];

/** Users in memory that count how often they are asked for. */
class Users {
  readonly asked: (readonly string[])[] = [];
  failing: Error | undefined;

  async findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>> {
    this.asked.push(userIds);
    if (this.failing !== undefined) throw this.failing;
    const known = userIds.filter((userId) => userId !== nobody);
    return new Map(known.map((userId) => [userId, { displayName: userId, avatarUrl: undefined }]));
  }
}

const namesOf = (profiles: ReadonlyMap<string, UserProfile>): string[] => [...profiles.keys()];

describe('profiles that are asked for at once', () => {
  it('are read together, and each gets those that they asked for', async () => {
    const users = new Users();
    const profiles = new GatheredProfiles(users);
    const asked = [[alice], [bob, alice], [nobody]].map((userIds) => profiles.findProfiles(userIds));
    expect((await Promise.all(asked)).map(namesOf)).toEqual([[alice], [bob, alice], []]);
    expect(users.asked).toEqual([[alice, bob, nobody]]);
    expect(namesOf(await profiles.findProfiles([bob]))).toEqual([bob]);
    expect(users.asked).toHaveLength(2);
  });

  it('fail together, and are read again', async () => {
    const users = new Users();
    const profiles = new GatheredProfiles(users);
    users.failing = new Error('away');
    const asked = [profiles.findProfiles([alice]), profiles.findProfiles([bob])];
    for (const each of await Promise.allSettled(asked)) expect(each).toMatchObject({ status: 'rejected' });
    users.failing = undefined;
    expect(namesOf(await profiles.findProfiles([alice]))).toEqual([alice]);
  });
});
