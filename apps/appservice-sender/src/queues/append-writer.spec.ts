import type { Clock } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { AppserviceAppend } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppendWriter } from './append-writer.ts';

const clock: Clock = { now: () => 0, delay: async () => {} };

let stored: AppserviceAppend[];
let answers: (() => 'stored' | 'moved')[];
let woken: string[][];
let writer: AppendWriter;

beforeEach(() => {
  stored = [];
  answers = [];
  woken = [];
  writer = new AppendWriter({
    appender: {
      async append(work) {
        const outcome = answers.shift()?.() ?? 'stored';
        if (outcome === 'stored') stored.push(work);
        return outcome;
      },
    },
    clock,
    appended: (ids) => void woken.push([...ids]),
    failed: () => {},
  });
});

function workOf(source: string, ...ids: string[]): AppserviceAppend {
  const move = { source, from: { generation: 1, position: 1 }, to: { generation: 1, position: 2 } };
  return {
    moves: [move],
    reads: [],
    items: ids.map((appserviceId) => ({ appserviceId, kind: 'event', payload: source })),
    members: [],
  };
}

function away(): never {
  throw new StorageError('away');
}

describe('AppendWriter', () => {
  it('stores all that waits together, in its order, and tells the queues', async () => {
    const outcomes = await Promise.all([writer.append(workOf('a', 'irc')), writer.append(workOf('b', 'irc', 'xmpp'))]);
    expect(outcomes).toEqual(['stored', 'stored']);
    expect(stored).toHaveLength(1);
    expect(stored[0]?.items.map(({ payload }) => payload)).toEqual(['a', 'b', 'b']);
    expect(woken).toEqual([['irc', 'xmpp']]);
  });

  it('does not store two parts together that move the same thing', async () => {
    answers = [() => 'stored', () => 'moved'];
    const outcomes = await Promise.all([writer.append(workOf('a', 'irc')), writer.append(workOf('a', 'irc'))]);
    expect(outcomes).toEqual(['stored', 'moved']);
    expect(stored).toHaveLength(1);
  });

  it('tries each part alone where one of them was moved', async () => {
    answers = [() => 'moved', () => 'stored', () => 'moved'];
    const outcomes = await Promise.all([writer.append(workOf('a', 'irc')), writer.append(workOf('b', 'irc'))]);
    expect(outcomes).toEqual(['stored', 'moved']);
    expect(stored.map(({ moves }) => moves[0]?.source)).toEqual(['a']);
  });

  it('goes on until Postgres is back', async () => {
    answers = [away, away];
    expect(await writer.append(workOf('a', 'irc'))).toBe('stored');
    expect(stored).toHaveLength(1);
  });
});
