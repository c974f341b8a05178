import type { RemoteRequest } from '@plexus/remote-servers';
import { expect, it } from 'vitest';
import { fetchWholeState } from './fetch-whole-state.ts';

it('reads a large state only when its room is here', async () => {
  const asked: RemoteRequest[] = [];
  const servers = {
    requestBytes: async (request: RemoteRequest) => {
      asked.push(request);
      return { outcome: 'unreachable', reason: 'timeout', because: 'it is away' } as const;
    },
  };
  const answers = { expect: () => {}, readInPieces: () => Promise.reject(new Error('there is no answer')) };
  const question = { roomId: '!room:two.example', roomVersion: '11', eventId: '$join' };
  const pair = { origin: 'one.example', destination: 'two.example' };
  const hasArrived = Promise.resolve();
  expect(
    await fetchWholeState({ servers, answers }, pair, question, { take: async () => {}, hasArrived }),
  ).toBeUndefined();
  expect(await fetchWholeState({ servers, answers }, pair, question)).toBeUndefined();
  const [ahead, later] = asked;
  expect(ahead).toMatchObject({ pause: { afterBytes: 2 * 1024 * 1024 } });
  expect(ahead?.pause?.until).toBe(hasArrived);
  expect(later?.pause).toBeUndefined();
});
