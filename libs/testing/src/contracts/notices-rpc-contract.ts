import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RpcError, UnsentError } from '@plexus/rpc';
import type { NoticesChannels, NoticesHandler } from '@plexus/rpc';

/** An adapter under test: the side of one replica of notices and the channels that lead to it. */
export interface NoticesRpcHarness {
  readonly channels: NoticesChannels;
  readonly address: string;
  /** Takes the replica away, as a crash would. */
  stopReplica(): Promise<void>;
  close(): Promise<void>;
}

const CALL = { deadlineMs: 5_000 };
const NOTICE = {
  noticeId: 'n',
  userId: '@a:one.example',
  type: 'm.room.topic',
  stateKey: '',
  content: Buffer.from('{"topic":"ü"}'),
};

/** What every adapter of the port to notices does. */
export function noticesRpcContract(
  adapter: string,
  open: (handler: NoticesHandler) => Promise<NoticesRpcHarness>,
): void {
  describe(`NoticesRpcContract: ${adapter}`, () => {
    const asked: unknown[] = [];
    let harness: NoticesRpcHarness;
    let failure: Error | undefined;
    const channel = (): NoticesHandler => harness.channels.channelTo(harness.address);

    beforeEach(async () => {
      asked.length = 0;
      failure = undefined;
      harness = await open({
        async sendNotice(request) {
          if (failure !== undefined) throw failure;
          asked.push(request);
          return { result: { $case: 'sent', value: { eventId: '$e' } } };
        },
        async startBroadcast(request) {
          asked.push(request);
          return { result: { $case: 'done', value: { broadcastId: request.broadcastId } } };
        },
        async changeBroadcast(request) {
          asked.push(request);
          const value = { errcode: 'M_UNKNOWN', httpStatus: 409, error: 'finished' };
          return { result: { $case: 'refused', value } };
        },
      });
    });
    afterEach(() => harness.close());

    it('carries notices, an empty state key being none that is absent', async () => {
      expect(await channel().sendNotice(NOTICE, CALL)).toEqual({ result: { $case: 'sent', value: { eventId: '$e' } } });
      const { stateKey: _key, ...message } = NOTICE;
      await channel().sendNotice({ ...message, stateKey: undefined }, CALL);
      expect(asked).toEqual([NOTICE, { ...message, stateKey: undefined }]);
    });

    it('carries broadcasts and what is done with them', async () => {
      const audience = {
        withGuests: true,
        neverConsented: false,
        inactiveSince: 1_700_000_000_000,
        users: { userIds: ['@a:b'] },
      };
      const wanted = { broadcastId: 'b', serverName: 's', requestedBy: 'r', type: 't', content: Buffer.from('{}') };
      await channel().startBroadcast({ ...wanted, audience, perSecond: 0.5 }, CALL);
      const answer = await channel().changeBroadcast({ broadcastId: 'b', status: 'paused' }, CALL);
      expect(answer.result).toMatchObject({ $case: 'refused', value: { httpStatus: 409 } });
      expect(asked).toEqual([
        { ...wanted, audience, perSecond: 0.5 },
        { broadcastId: 'b', status: 'paused' },
      ]);
    });

    it('fails where the replica fails', async () => {
      failure = new Error('its storage is away');
      await expect(channel().sendNotice(NOTICE, CALL)).rejects.toBeInstanceOf(RpcError);
    });

    it('fails with UnsentError where nobody is there', async () => {
      await harness.stopReplica();
      await expect(channel().sendNotice(NOTICE, CALL)).rejects.toBeInstanceOf(UnsentError);
    });
  });
}
