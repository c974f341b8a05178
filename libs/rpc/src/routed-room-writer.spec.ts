import { describe, expect, it } from 'vitest';
import type { Clock } from '@plexus/matrix-base';
import type { RoomCommand, RoomCommandResult } from './generated/plexus/rpc/v1/room_writer.ts';
import type { RoomCommandRequest } from './room-writer.ts';
import { RoutedRoomWriter } from './routed-room-writer.ts';
import { RpcError } from './rpc-error.ts';

type Answer = NonNullable<RoomCommandResult['result']> | RpcError | 'silence';

const stored: Answer = { $case: 'stored', value: { eventIds: ['$1'], position: 7 } };
const request: RoomCommandRequest = { commandId: 'once', roomId: '!r:one.example', command: undefined };

describe('RoutedRoomWriter', () => {
  it('gives the answer of the owner', async () => {
    const { writer, sent } = buildWriter({ owners: ['a'], answers: [stored] });
    expect(await writer.execute(request)).toEqual(stored);
    expect(sent).toEqual([['a', 'once', 5]]);
  });

  it('does not repeat a refusal or an overload', async () => {
    const refused: Answer = {
      $case: 'refused',
      value: { errcode: 'M_FORBIDDEN', httpStatus: 403, error: '', rule: '' },
    };
    const overloaded: Answer = { $case: 'overloaded', value: { retryAfterMs: 10 } };
    for (const answer of [refused, overloaded]) {
      const { writer, sent } = buildWriter({ owners: ['a'], answers: [answer] });
      expect(await writer.execute(request)).toEqual(answer);
      expect(sent).toHaveLength(1);
    }
  });

  it('looks the owner up again when it has moved, under the same command id', async () => {
    const { writer, sent, forgotten } = buildWriter({
      owners: ['a', 'b'],
      answers: [{ $case: 'notOwner', value: {} }, stored],
    });
    expect(await writer.execute(request)).toEqual(stored);
    expect(sent).toEqual([
      ['a', 'once', 5],
      ['b', 'once', 5],
    ]);
    expect(forgotten).toEqual([5]);
  });

  it('repeats after a broken channel, a failure and an owner that does not answer', async () => {
    const failed: Answer = { $case: 'failed', value: { error: 'unknown outcome' } };
    const { writer, sent } = buildWriter({
      owners: ['a', 'a', 'a', 'b'],
      answers: [new RpcError('broken'), failed, 'silence', stored],
    });
    expect(await writer.execute(request)).toEqual(stored);
    expect(sent.map(([address]) => address)).toEqual(['a', 'a', 'a', 'b']);
  });

  it('waits while a shard has no owner, and fails with the reason when the deadline passes', async () => {
    const { writer, sent, clock } = buildWriter({ owners: [], answers: [] });
    expect(await writer.execute(request)).toEqual({ $case: 'failed', value: { error: 'shard 5 has no owner' } });
    expect(sent).toEqual([]);
    expect(clock.now()).toBeGreaterThan(20_000);
  });

  it('lets errors that are not of the connection through', async () => {
    const { writer } = buildWriter({ owners: ['a'], answers: [] });
    await expect(writer.execute(request)).rejects.toThrow('no answer is scripted');
  });
});

function buildWriter(script: { owners: string[]; answers: Answer[] }): {
  writer: RoutedRoomWriter;
  sent: [string, string, number][];
  forgotten: number[];
  clock: Clock;
} {
  const sent: [string, string, number][] = [];
  const forgotten: number[] = [];
  const owners = [...script.owners];
  const answers = [...script.answers];
  const clock = new SteppingClock();
  const writer = new RoutedRoomWriter({
    owners: { findOwner: async () => owners.shift(), forgetOwner: (shard) => forgotten.push(shard) },
    channels: {
      channelTo: (address) => ({
        execute: (command) => {
          sent.push([address, command.commandId, command.shard]);
          return answerWith(answers.shift(), command);
        },
        takeShards: () => Promise.reject(new Error('nobody hands shards over')),
      }),
      close: async () => {},
    },
    shardOf: () => 5,
    clock,
    random: { bytes: (length) => new Uint8Array(length), fraction: () => 0.5 },
  });
  return { writer, sent, forgotten, clock };
}

function answerWith(answer: Answer | undefined, command: RoomCommand): Promise<RoomCommandResult> {
  if (answer === undefined) return Promise.reject(new Error('no answer is scripted'));
  if (answer === 'silence') return new Promise(() => {});
  if (answer instanceof RpcError) return Promise.reject(answer);
  return Promise.resolve({ correlationId: command.correlationId, result: answer });
}

/** Each delay passes as soon as everything else that could happen has happened. */
class SteppingClock implements Clock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  async delay(ms: number, signal?: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted !== true) this.#now += ms;
  }
}
