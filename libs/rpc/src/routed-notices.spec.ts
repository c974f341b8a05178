import { expect, it } from 'vitest';
import type { NoticesHandler } from './notices-channel.ts';
import { RoutedNotices } from './routed-notices.ts';
import type { ReplicaTask } from './replica-router.ts';
import { RpcError } from './rpc-error.ts';

const none = async () => ({ result: undefined });

function over(handler: Partial<NoticesHandler>) {
  const affinities: string[] = [];
  const all = { sendNotice: none, startBroadcast: none, changeBroadcast: none, ...handler };
  const router = {
    run: <T>({ affinity, isRepeatable, call }: ReplicaTask<T, NoticesHandler>): Promise<T> => {
      expect(isRepeatable).toBe(true);
      affinities.push(affinity);
      return call(all);
    },
  };
  return { affinities, notices: new RoutedNotices(router) };
}

const NOTICE = { noticeId: 'n', userId: '@a:one.example', type: 'm.room.message', content: { body: 'ü' } };

it('asks one replica for a user, and gives what it says', async () => {
  const { affinities, notices } = over({
    sendNotice: async ({ noticeId, content, stateKey }) => {
      expect([noticeId, content.toString(), stateKey]).toEqual(['n', '{"body":"ü"}', undefined]);
      return { result: { $case: 'sent', value: { eventId: '$e' } } };
    },
  });
  expect(await notices.sendNotice(NOTICE)).toEqual({ outcome: 'sent', eventId: '$e' });
  expect(affinities).toEqual(['@a:one.example']);
});

it('gives refusals as they are, and fails where there is no answer', async () => {
  const refusal = { errcode: 'M_NOT_FOUND', httpStatus: 404, error: 'No' };
  const { notices } = over({
    sendNotice: async () => ({ result: { $case: 'refused', value: refusal } }),
    changeBroadcast: async () => ({ result: { $case: 'refused', value: refusal } }),
  });
  expect(await notices.sendNotice(NOTICE)).toEqual({ outcome: 'refused', ...refusal });
  expect(await notices.changeBroadcast('b', 'paused')).toEqual({ outcome: 'refused', ...refusal });
  await expect(over({}).notices.sendNotice(NOTICE)).rejects.toBeInstanceOf(RpcError);
});

it('carries whom a broadcast is for', async () => {
  const audiences: unknown[] = [];
  const { notices } = over({
    startBroadcast: async ({ broadcastId, audience, perSecond }) => {
      audiences.push([audience, perSecond]);
      return { result: { $case: 'done', value: { broadcastId } } };
    },
  });
  const wanted = { broadcastId: 'b', serverName: 'one.example', requestedBy: '@r:one.example', type: 't', content: {} };
  const everybody = { withGuests: false, neverConsented: true };
  await notices.startBroadcast({ ...wanted, audience: everybody });
  await notices.startBroadcast({ ...wanted, perSecond: 5, audience: { ...everybody, userIds: ['@a:one.example'] } });
  expect(audiences).toEqual([
    [{ ...everybody, inactiveSince: undefined, users: undefined }, undefined],
    [{ ...everybody, inactiveSince: undefined, users: { userIds: ['@a:one.example'] } }, 5],
  ]);
});
