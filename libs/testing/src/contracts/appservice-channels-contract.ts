import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnsentError } from '@plexus/rpc';
import type { AppservicesChannels, AppservicesHandler } from '@plexus/rpc';

/** An adapter under test: one appservice-sender's side and the channels that lead to it. */
export interface AppserviceChannelsHarness {
  readonly channels: AppservicesChannels;
  readonly address: string;
  /** Takes the appservice-sender away, as a crash would. */
  stopSender(): Promise<void>;
  close(): Promise<void>;
}

const CALL = { deadlineMs: 5_000 };

/** What every adapter of the port to appservice-senders does. */
export function appserviceChannelsContract(
  adapter: string,
  open: (handler: AppservicesHandler) => Promise<AppserviceChannelsHarness>,
): void {
  describe(`AppserviceChannelsContract: ${adapter}`, () => {
    const asked: unknown[] = [];
    const handler: AppservicesHandler = {
      async ping(request) {
        asked.push(request);
        const answered = { status: 200, body: '{"ü":1}', durationMs: 12 };
        if (request.appserviceId === 'there') return { result: { $case: 'answered', value: answered } };
        const unanswered = { isTimeout: true, because: 'late' };
        return { result: request.appserviceId === 'late' ? { $case: 'unanswered', value: unanswered } : undefined };
      },
      query: async ({ name }) => ({ outcome: name === '@a:one.example' ? 'exists' : 'unknown' }),
      queryThirdParty: async ({ target }) => ({ body: Buffer.from(`"${target}"`) }),
      async wakeQueues(request) {
        asked.push(request);
        return {};
      },
      async changeQueue(request) {
        asked.push(request);
        return { outcome: 'done' };
      },
    };
    let harness: AppserviceChannelsHarness;
    const channel = (): AppservicesHandler => harness.channels.channelTo(harness.address);
    beforeEach(async () => {
      asked.length = 0;
      harness = await open(handler);
    });
    afterEach(() => harness.close());

    it('carries pings and what becomes of them', async () => {
      const request = { appserviceId: 'there', transactionId: 'meow' };
      expect(await channel().ping(request, CALL)).toEqual({
        result: { $case: 'answered', value: { status: 200, body: '{"ü":1}', durationMs: 12 } },
      });
      expect(asked).toEqual([request]);
      expect(await channel().ping({ ...request, appserviceId: 'late' }, CALL)).toEqual({
        result: { $case: 'unanswered', value: { isTimeout: true, because: 'late' } },
      });
      expect(await channel().ping({ ...request, appserviceId: 'nobody' }, CALL)).toEqual({ result: undefined });
    });

    it('carries questions', async () => {
      expect(await channel().query({ appserviceId: 'irc', name: '@a:one.example' }, CALL)).toEqual({
        outcome: 'exists',
      });
      const answer = await channel().queryThirdParty({ appserviceId: 'irc', target: 'user/irc?nick=%C3%BC' }, CALL);
      expect(answer.body.toString()).toBe('"user/irc?nick=%C3%BC"');
    });

    it('carries hints and changes of queues, with numbers beyond 32 bits', async () => {
      const change = { appserviceId: 'irc', change: 'skip', seq: Number.MAX_SAFE_INTEGER };
      expect(await channel().changeQueue(change, CALL)).toEqual({ outcome: 'done' });
      const traced = [{ shard: 3, position: Number.MAX_SAFE_INTEGER, eventId: '$e', traceparent: 'of its trace' }];
      await channel().wakeQueues({ appserviceIds: ['irc', 'xmpp'], traced }, CALL);
      expect(asked).toEqual([change, { appserviceIds: ['irc', 'xmpp'], traced }]);
    });

    it('fails with UnsentError where nobody is there', async () => {
      await harness.stopSender();
      await expect(channel().wakeQueues({ appserviceIds: [], traced: [] }, CALL)).rejects.toBeInstanceOf(UnsentError);
    });
  });
}
