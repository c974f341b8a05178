import type { JsonObject } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import { mergeReceipts } from './merge-receipts.ts';

function receipt(roomId: string, userId: string, eventId: string): [string, JsonObject] {
  return [`${roomId} ${userId} ${eventId}`, { [roomId]: { 'm.read': { [userId]: { event_ids: [eventId] } } } }];
}

it('puts receipts of many rooms and users into one EDU', () => {
  const receipts = [receipt('!a', '@a', '$1'), receipt('!a', '@b', '$2'), receipt('!b', '@a', '$3')];
  expect(mergeReceipts(receipts)).toEqual([
    {
      keys: ['!a @a $1', '!a @b $2', '!b @a $3'],
      content: {
        '!a': { 'm.read': { '@a': { event_ids: ['$1'] }, '@b': { event_ids: ['$2'] } } },
        '!b': { 'm.read': { '@a': { event_ids: ['$3'] } } },
      },
    },
  ]);
});

it('has one receipt of a user in a room in each', () => {
  const receipts = [receipt('!a', '@a', '$main'), receipt('!a', '@a', '$thread'), receipt('!a', '@b', '$other')];
  expect(mergeReceipts(receipts).map(({ keys }) => keys)).toEqual([['!a @a $main', '!a @b $other'], ['!a @a $thread']]);
});

it('makes nothing of nothing', () => {
  expect(mergeReceipts([])).toEqual([]);
});
