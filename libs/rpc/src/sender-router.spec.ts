import type { Clock } from '@plexus/matrix-base';
import { RemoteServerError } from '@plexus/remote-servers';
import { describe, expect, it } from 'vitest';
import { RpcError, UnsentError } from './rpc-error.ts';
import { SenderRouter } from './sender-router.ts';

const TASK = { affinity: 'far.example', isRepeatable: false };

function build(addresses: readonly string[][], failures: Readonly<Record<string, Error>> = {}) {
  const called: string[] = [];
  const found = [...addresses];
  const clock = new SteppingClock();
  const router = new SenderRouter({
    senders: {
      findAddresses: async () => (found.length > 1 ? (found.shift() ?? []) : (found[0] ?? [])),
      forget: () => {},
    },
    channels: {
      channelTo: (address) => {
        const call = async () => {
          called.push(address);
          const failure = failures[address];
          if (failure !== undefined) throw failure;
          return { result: undefined, keys: [], stored: 0 };
        };
        const [changeRemoteMembership, inviteRemoteUser, backfillRoom, postReport] = [call, call, call, call];
        return { request: call, fetchKeys: call, changeRemoteMembership, inviteRemoteUser, backfillRoom, postReport };
      },
      close: async () => {},
    },
    clock,
  });
  const run = (task: Partial<typeof TASK> = {}) =>
    router.run({
      ...TASK,
      ...task,
      call: async (sender) => sender.fetchKeys({ serverName: '', keyIds: [] }, { deadlineMs: 1 }),
    });
  return { run, called, clock };
}

describe('SenderRouter', () => {
  it('gives tasks of one affinity to one replica, and different ones to all', async () => {
    const { run, called } = build([['a', 'b', 'c']]);
    await run();
    await run();
    expect(new Set(called).size).toBe(1);
    for (let index = 0; index < 60; index += 1) await run({ affinity: `server${index}.example` });
    const counts = ['a', 'b', 'c'].map((address) => called.filter((one) => one === address).length);
    for (const count of counts) expect(count).toBeGreaterThan(8);
  });

  it('passes over a replica that cannot be reached', async () => {
    const { run, called } = build([['a', 'b']], { a: new UnsentError('gone'), b: new UnsentError('gone') });
    await expect(run()).rejects.toBeInstanceOf(RemoteServerError);
    expect(new Set(called)).toEqual(new Set(['a', 'b']));
    const other = build([['a', 'b']], { [called[0] ?? '']: new UnsentError('gone') });
    await other.run();
    expect(other.called).toHaveLength(2);
  });

  it('repeats what may have been seen only where it may be done twice', async () => {
    const failures = { a: new RpcError('broken'), b: new RpcError('broken') };
    const once = build([['a', 'b']], failures);
    await expect(once.run()).rejects.toBeInstanceOf(RemoteServerError);
    expect(once.called).toHaveLength(1);
    const { run, called } = build([['a', 'b'], ['c']], failures);
    await run({ isRepeatable: true });
    expect(called).toHaveLength(3);
  });

  it('waits for a replica, and says that there is none in the end', async () => {
    const late = build([[], [], ['a']]);
    await late.run();
    expect(late.called).toEqual(['a']);
    const never = build([[]]);
    await expect(never.run()).rejects.toBeInstanceOf(RemoteServerError);
    expect(never.clock.now()).toBeGreaterThan(8_000);
  });

  it('lets errors that are not of the connection through', async () => {
    const { run } = build([['a']], { a: new TypeError('wrong') });
    await expect(run()).rejects.toBeInstanceOf(TypeError);
  });
});

class SteppingClock implements Clock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  async delay(ms: number): Promise<void> {
    this.#now += ms;
  }
}
