import { FakeCache } from '@plexus/testing';
import { describe, expect, it } from 'vitest';
import { accountSettingsCodec, loadAccountSettings, StoredAccountSettings } from './account-settings.ts';

const ALICE = '@alice:a.example';

function stored(items: Readonly<Record<string, unknown>>) {
  return {
    findAccountData: async (_userId: string, { type }: { readonly type: string }) =>
      type in items ? JSON.stringify(items[type]) : undefined,
  };
}

describe('account settings', () => {
  it('name whom the user ignores, but for themselves', async () => {
    const items = { 'm.ignored_user_list': { ignored_users: { '@bob:a.example': {}, [ALICE]: {} } } };
    const { ignored, blocksInvites } = await loadAccountSettings(stored(items), ALICE);
    expect([...ignored]).toEqual(['@bob:a.example']);
    expect(blocksInvites).toBe(false);
  });

  it.each([
    ['block', true],
    ['allow', false],
    [7, false],
  ])('with %j as what is done with invites', async (action, expected) => {
    const settings = await loadAccountSettings(
      stored({ 'm.invite_permission_config': { default_action: action } }),
      ALICE,
    );
    expect(settings.blocksInvites).toBe(expected);
  });

  it.each([[undefined], [{}], [{ ignored_users: [] }], [{ ignored_users: 'x' }]])(
    'ignore nobody by %j',
    async (list) => {
      const items = list === undefined ? {} : { 'm.ignored_user_list': list };
      expect((await loadAccountSettings(stored(items), ALICE)).ignored.size).toBe(0);
    },
  );

  it('come back from a cache as they were', async () => {
    const settings = { ignored: new Set(['@bob:a.example']), blocksInvites: true };
    expect(accountSettingsCodec.decode(accountSettingsCodec.encode(settings))).toEqual(settings);
    const found = new StoredAccountSettings(stored({}), new FakeCache());
    expect(await found.find(ALICE)).toEqual({ ignored: new Set(), blocksInvites: false });
  });
});
