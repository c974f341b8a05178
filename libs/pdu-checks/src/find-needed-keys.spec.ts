import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { findNeededKeys } from './find-needed-keys.ts';

it('asks some servers at once, never all of a large room, and finds the keys of each', async () => {
  let asking = 0;
  let most = 0;
  const keys = await findNeededKeys(
    Array.from({ length: 300 }, (_, index) => ({
      serverName: `s${index}.example`,
      first: index,
      keyIds: ['ed25519:a'],
      validAt: 1,
    })),
    {
      async findKeys(serverName) {
        asking += 1;
        most = Math.max(most, asking);
        await setImmediate();
        asking -= 1;
        return new Map([['ed25519:a', { keyId: 'ed25519:a', publicKey: serverName, validUntil: 2 }]]);
      },
    },
  );
  expect(most).toBe(64);
  expect(new Set(keys.map(([serverName, , key]) => serverName === key.publicKey && serverName))).toHaveProperty(
    'size',
    300,
  );
});
