import { MatrixError } from '@plexus/matrix-base';
import type { AppservicePingOutcome } from '@plexus/rpc';
import { expect, it } from 'vitest';
import { appserviceOf } from '../../../../libs/appservices/test-support/appservice.ts';
import { PingAppservice } from './ping-appservice.ts';

async function ping(outcome: AppservicePingOutcome): Promise<unknown> {
  const retried: string[] = [];
  const requests = { ping: async () => outcome, retryNow: async (id: string) => void retried.push(id) };
  try {
    return [await new PingAppservice(requests).execute(appserviceOf(), 'mautrix-1'), retried];
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    const { errcode, status, body } = error.toBody();
    return [error.httpStatus, errcode, status, body, ...retried];
  }
}

it('says how long it took, and has what waits sent at once', async () => {
  expect(await ping({ outcome: 'answered', status: 200, body: '{}', durationMs: 12.4 })).toEqual([12, ['irc']]);
});

it.each([
  [{ outcome: 'not-asked' }, [400, 'M_URL_NOT_SET', undefined, undefined]],
  [{ outcome: 'answered', status: 401, body: 'no', durationMs: 1 }, [502, 'M_BAD_STATUS', 401, 'no']],
  [{ outcome: 'unreachable', reason: 'connection', because: '' }, [502, 'M_CONNECTION_FAILED', undefined, undefined]],
  [{ outcome: 'unreachable', reason: 'timeout', because: '' }, [504, 'M_CONNECTION_TIMEOUT', undefined, undefined]],
] satisfies [AppservicePingOutcome, unknown][])('answers %j', async (outcome, expected) => {
  expect(await ping(outcome)).toEqual(expected);
});
