import { expect, it } from 'vitest';
import type { AccountDataItem, AccountDataSize, AccountDataWriter } from '@plexus/storage';
import { storeWithinBounds } from './check-account-data.ts';

async function storedBeside(others: AccountDataSize, content: string): Promise<AccountDataItem[]> {
  const stored: AccountDataItem[] = [];
  const accountData: AccountDataWriter = {
    findAccountData: async () => undefined,
    measureOthers: async () => others,
    storeAccountData: async (_userId, item) => void stored.push(item),
  };
  await storeWithinBounds({ accountData }, '@a:one.example', { roomId: undefined, type: 't', content });
  return stored;
}

it('stores up to the bounds', async () => {
  expect(await storedBeside({ items: 9_999, bytes: 32 * 1024 * 1024 - 2 }, '{}')).toHaveLength(1);
});

it.each([
  [{ items: 10_000, bytes: 0 }, '{}'],
  [{ items: 0, bytes: 32 * 1024 * 1024 - 3 }, '{"a":1}'],
])('stores nothing beyond them: %j', async (others, content) => {
  await expect(storedBeside(others, content)).rejects.toMatchObject({ errcode: 'M_TOO_LARGE', httpStatus: 413 });
});
