import { expect, it } from 'vitest';
import { heardLater } from './heard-later.ts';

it('lets a promise fail before anybody waits for it, and gives the failure to who does', async () => {
  const failed = heardLater(Promise.reject(new Error('away')));
  // What nobody has heard after this ends the run of the tests with an error.
  await new Promise<void>((resolve) => setImmediate(resolve));
  await expect(failed).rejects.toThrow('away');
});
