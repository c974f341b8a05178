import { beforeEach, describe, expect, it } from 'vitest';
import { SyncHarness } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';

let lastUser = 0;
let alice: string;
let harness: SyncHarness;
let since: string;
beforeEach(async () => {
  alice = `@inbox${++lastUser}:a.example`;
  harness = await SyncHarness.started();
  ({ next_batch: since } = await harness.sync(alice));
});

function contentsIn({ to_device: toDevice }: SyncBody): object[] | undefined {
  return toDevice?.events.map(({ content }) => content);
}

describe('messages to devices in /sync', () => {
  it('come until the device asks for what is behind them, from any process', async () => {
    const other = await SyncHarness.started(harness);
    await harness.sendToDevice(alice, { n: 1 });
    const first = await harness.sync(alice, { since });
    expect(contentsIn(first)).toEqual([{ n: 1 }]);
    expect(contentsIn(await harness.sync(alice, { since }))).toEqual([{ n: 1 }]);
    expect(contentsIn(await other.sync(alice, { since }))).toEqual([{ n: 1 }]);
    expect(contentsIn(await other.sync(alice, { since: first.next_batch }))).toBeUndefined();
    const third = await SyncHarness.started(harness);
    expect(contentsIn(await third.sync(alice, { since }))).toBeUndefined();
  });

  it('come on an initial sync too, and stay until it is confirmed', async () => {
    await harness.sendToDevice(alice, { n: 1 });
    expect(contentsIn(await harness.sync(alice))).toEqual([{ n: 1 }]);
    expect(contentsIn(await harness.sync(alice))).toEqual([{ n: 1 }]);
  });

  it('go to each device by itself', async () => {
    await harness.sync(alice, { deviceId: 'OTHER' });
    await harness.sendToDevice(alice, { n: 1 });
    const { next_batch: next } = await harness.sync(alice, { since });
    await harness.sync(alice, { since: next });
    expect(contentsIn(await harness.sync(alice, { since, deviceId: 'OTHER' }))).toEqual([{ n: 1 }]);
  });

  it('come in pages, without waiting between them, and account data is told once', async () => {
    for (let n = 0; n < 250; n += 1) await harness.sendToDevice(alice, { n });
    await harness.setAccountData(alice, { type: 'one' });
    const seen: object[] = [];
    const types: string[] = [];
    for (let from = since, pages = 0; pages < 3; pages += 1) {
      const answer = await harness.sync(alice, { since: from, timeout: 30_000 });
      seen.push(...(contentsIn(answer) ?? []));
      types.push(...(answer.account_data?.events.map(({ type }) => type) ?? []));
      from = answer.next_batch;
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, n) => ({ n })));
    expect(types).toEqual(['one']);
  });

  it('wake who waits', async () => {
    const waiting = harness.sync(alice, { since, timeout: 30_000 });
    await expect.poll(() => harness.parts.sessions.size.waiting).toBe(1);
    await harness.sendToDevice(alice, { n: 1 });
    expect(contentsIn(await waiting)).toEqual([{ n: 1 }]);
  });
});
