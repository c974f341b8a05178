import type { Clock } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import type { AppservicesHandler } from './appservices-channel.ts';
import { RoutedAppservices } from './routed-appservices.ts';
import { UnsentError } from './rpc-error.ts';

let now = 0;
const clock: Clock = {
  now: () => now,
  async delay(ms) {
    now += ms;
  },
};

/** Owners of a queue, one after the other, and what each answers. */
function routed(owners: readonly (string | undefined)[], sender: Partial<AppservicesHandler>) {
  const asked: string[] = [];
  let turn = 0;
  const whole = sender as AppservicesHandler;
  const appservices = new RoutedAppservices({
    router: { run: ({ call }) => call(whole) },
    channels: {
      channelTo(address) {
        asked.push(address);
        if (address === 'dead') throw new UnsentError('dead');
        return whole;
      },
    },
    clock,
    findOwner: async () => owners[Math.min(turn++, owners.length - 1)],
  });
  return { appservices, asked };
}

describe('changes of a queue', () => {
  it('go to its owner, and to the next one where that is gone', async () => {
    let outcomes = ['not-owned', 'done'];
    const changeQueue = async () => ({ outcome: outcomes.shift() ?? '' });
    const { appservices, asked } = routed([undefined, 'dead', 'first', 'second'], { changeQueue });
    expect(await appservices.changeQueue('irc', { kind: 'pause' })).toBe('done');
    expect(asked).toEqual(['dead', 'first', 'second']);
    outcomes = ['unknown'];
    expect(await appservices.changeQueue('nobody', { kind: 'resume' })).toBe('unknown');
  });

  it('fail where nobody owns it', async () => {
    const { appservices } = routed([undefined], {});
    await expect(appservices.retryNow('irc')).rejects.toThrow('nobody owns the queue');
  });

  it('say which item they are about', async () => {
    const seen: unknown[] = [];
    const changeQueue: AppservicesHandler['changeQueue'] = async ({ change, seq }) => {
      seen.push([change, seq]);
      return { outcome: 'done' };
    };
    const { appservices } = routed(['first'], { changeQueue });
    await appservices.changeQueue('irc', { kind: 'skip', upToSeq: 7 });
    await appservices.changeQueue('irc', { kind: 'replay', fromSeq: 3 });
    await appservices.retryNow('irc');
    expect(seen).toEqual([
      ['skip', 7],
      ['replay', 3],
      ['retry', 0],
    ]);
  });
});

const tellTarget: AppservicesHandler['queryThirdParty'] = async ({ target }) => {
  return { body: Buffer.from(JSON.stringify(target)) };
};

describe('questions about networks', () => {
  it.each([
    [{ kind: 'protocol', protocol: 'a/b' } as const, 'protocol/a%2Fb'],
    [{ kind: 'users', protocol: 'irc', fields: { nick: 'ü&' } } as const, 'user/irc?nick=%C3%BC%26'],
    [{ kind: 'locations', protocol: 'irc', fields: {} } as const, 'location/irc'],
    [{ kind: 'by-user', userId: '@a:b' } as const, 'user?userid=%40a%3Ab'],
    [{ kind: 'by-alias', alias: '#a:b' } as const, 'location?alias=%23a%3Ab'],
  ])('are percent-encoded: %o', async (question, target) => {
    const { appservices } = routed([], { queryThirdParty: tellTarget });
    expect(await appservices.queryThirdParty('irc', question)).toBe(target);
  });

  it('have no answer where it is no JSON', async () => {
    const { appservices } = routed([], { queryThirdParty: async () => ({ body: Buffer.from('<') }) });
    expect(await appservices.queryThirdParty('irc', { kind: 'protocol', protocol: 'irc' })).toBeUndefined();
  });
});
