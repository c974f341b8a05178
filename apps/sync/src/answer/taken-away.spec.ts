import { roomShardOf } from '@plexus/storage';
import { expect, it } from 'vitest';
import { TakenAway } from './taken-away.ts';

const place = (roomId: string) => ({ roomId, shard: roomShardOf(roomId, 2) });

it('knows up to where something was taken of each room', () => {
  const takenAway = new TakenAway();
  takenAway.begin([0, 0]);
  takenAway.note(place('!a:a.example'), 5);
  expect(takenAway.isTakenOf('!a:a.example', [4, 4])).toBe(true);
  expect(takenAway.isTakenOf('!a:a.example', [5, 5])).toBe(false);
  expect(takenAway.isTakenOf('!b:a.example', [4, 4])).toBe(false);
});

it('takes what happened before it began to concern every room', () => {
  const takenAway = new TakenAway();
  takenAway.begin([9, 9]);
  expect(takenAway.isTakenOf('!a:a.example', [8, 8])).toBe(true);
  expect(takenAway.isTakenOf('!a:a.example', [9, 9])).toBe(false);
});

it('takes a row that does not name its room to concern every room of the shard', () => {
  const takenAway = new TakenAway();
  takenAway.begin([0, 0]);
  const { shard } = place('!a:a.example');
  takenAway.note({ roomId: '', shard }, 5);
  expect(takenAway.isTakenOf('!a:a.example', [4, 4])).toBe(true);
});

it('remembers few rooms apart, and takes those that it forgot to be of every room of their shard', () => {
  const takenAway = new TakenAway(2);
  takenAway.begin([0, 0]);
  const ofOneShard = ['!a', '!b', '!c', '!d', '!e', '!f', '!g'].filter((roomId) => place(roomId).shard === 0);
  const [first = '', second = '', third = '', other = ''] = ofOneShard;
  expect(ofOneShard.length).toBeGreaterThan(3);
  takenAway.note(place(first), 5);
  takenAway.note(place(second), 6);
  expect(takenAway.isTakenOf(other, [4, 4])).toBe(false);
  takenAway.note(place(third), 7);
  expect(takenAway.isTakenOf(first, [4, 4])).toBe(true);
  expect(takenAway.isTakenOf(other, [4, 4])).toBe(true);
  expect(takenAway.isTakenOf(other, [5, 5])).toBe(false);
});
