import { beforeEach, describe, expect, it } from 'vitest';
import { receiptKey, WaitingEdus } from './waiting-edus.ts';

let waiting: WaitingEdus;
beforeEach(() => {
  waiting = new WaitingEdus();
});

function read(userId: string, eventId: string, threadId = ''): void {
  const data = { ts: 1, ...(threadId !== '' && { thread_id: threadId }) };
  const content = { '!a': { 'm.read': { [userId]: { data, event_ids: [eventId] } } } };
  waiting.add(receiptKey('!a', userId, threadId), { eduType: 'm.receipt', content: JSON.stringify(content) });
}

function type(userId: string): void {
  waiting.add(`!a ${userId}`, { eduType: 'm.typing', content: `{"user_id":"${userId}"}` });
}

function taken(most = 100): unknown[] {
  return waiting.take(most).map((text) => JSON.parse(text));
}

const typing = (userId: string) => ({ edu_type: 'm.typing', content: { user_id: userId } });
const receipts = (users: Record<string, string>) => ({
  edu_type: 'm.receipt',
  content: {
    '!a': {
      'm.read': Object.fromEntries(
        Object.entries(users).map(([userId, eventId]) => [userId, { data: expect.any(Object), event_ids: [eventId] }]),
      ),
    },
  },
});

describe('WaitingEdus', () => {
  it('gives the last of each key, receipts together', () => {
    type('@a');
    read('@a', '$1');
    read('@b', '$1');
    read('@a', '$2');
    type('@a');
    expect(taken()).toEqual([receipts({ '@a': '$2', '@b': '$1' }), typing('@a')]);
    expect(taken()).toEqual([]);
  });

  it('gives no more than is wanted, and the rest later', () => {
    read('@a', '$1');
    read('@a', '$2', '$thread');
    for (const name of ['@a', '@b']) type(name);
    expect(taken(1)).toEqual([receipts({ '@a': '$1' })]);
    expect(taken(2)).toEqual([receipts({ '@a': '$2' }), typing('@a')]);
    expect(taken(1)).toEqual([typing('@b')]);
  });

  it('forgets the oldest where too many wait', () => {
    for (let index = 0; index < 250; index += 1) type(`@${index}`);
    expect(taken(300).at(0)).toEqual(typing('@50'));
  });

  it('keeps receipts while the destination is away, those that were on their way too, unless newer ones wait', () => {
    read('@a', '$1');
    read('@b', '$1');
    type('@a');
    const underWay = `[${waiting.take(100).join(',')}]`;
    read('@a', '$2');
    type('@b');
    waiting.keepReceipts(underWay);
    expect(taken()).toEqual([receipts({ '@b': '$1', '@a': '$2' })]);
  });

  it('keeps the newest of many receipts', () => {
    for (let index = 0; index < 90; index += 1) read(`@${index}`, '$1');
    waiting.keepReceipts('[]');
    expect(waiting.size).toBe(50);
    expect(JSON.stringify(taken())).toContain('@89');
  });
});
