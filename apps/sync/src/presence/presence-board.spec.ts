import type { PresenceRecord } from '@plexus/topics';
import { beforeEach, describe, expect, it } from 'vitest';
import { PresenceBoard } from './presence-board.ts';

const MINUTE = 60_000;
const alice = '@alice:a.example';
let board: PresenceBoard;
beforeEach(() => {
  board = new PresenceBoard((userId) => userId.endsWith(':other.example'));
});

const say = (presence: string, now: number, more: Partial<PresenceRecord> = {}): boolean =>
  board.take({ userId: alice, presence, statusMsg: '', lastActiveAt: now, isSet: false, ...more }, now);
const seen = (now: number): unknown => board.read(alice, now).presence;

describe('a user', () => {
  it('is offline until they say otherwise, and a minute after they said it last', () => {
    expect(seen(0)).toBe('offline');
    expect(say('online', 0)).toBe(true);
    expect(say('online', 30_000)).toBe(false);
    expect([seen(89_000), seen(91_000)]).toEqual(['online', 'offline']);
    expect(board.expire(91_000)).toEqual([alice]);
    expect(board.expire(92_000)).toEqual([]);
  });

  it('is idle when they have done nothing for five minutes, until they do something', () => {
    for (let now = 0; now <= 6 * MINUTE; now += 30_000) say('online', now, { lastActiveAt: 0 });
    expect(seen(6 * MINUTE)).toBe('unavailable');
    expect(board.bump(alice, 6 * MINUTE)).toBe(true);
    expect(board.read(alice, 6 * MINUTE)).toMatchObject({ presence: 'online', isActive: true });
  });

  it('with several clients is as the most present of them', () => {
    say('online', 0);
    expect(say('unavailable', 1000)).toBe(false);
    expect(seen(1000)).toBe('online');
    expect(seen(60_500)).toBe('unavailable');
  });

  it('is at once as they set it, with what they say of themselves', () => {
    say('online', 0);
    expect(say('unavailable', 1, { isSet: true, statusMsg: 'lunch' })).toBe(true);
    expect(board.read(alice, 2)).toMatchObject({ presence: 'unavailable', statusMessage: 'lunch' });
    say('online', 3);
    expect(board.read(alice, 3)).toMatchObject({ presence: 'online', statusMessage: 'lunch' });
    say('offline', 4, { isSet: true });
    expect(board.read(alice, 4)).toMatchObject({ presence: 'offline', statusMessage: undefined });
    expect([...board.present()]).toEqual([]);
  });

  it('is forgotten a day after they were last there', () => {
    say('online', 0, { statusMsg: 'here' });
    board.expire(2 * MINUTE);
    expect(board.read(alice, 2 * MINUTE).statusMessage).toBe('here');
    board.expire(26 * 60 * MINUTE);
    expect(board.read(alice, 26 * 60 * MINUTE).statusMessage).toBeUndefined();
  });
});

const take = (userId: string, now: number): boolean =>
  board.take({ userId, presence: 'online', statusMsg: '', lastActiveAt: now, isSet: true }, now);

describe('a user of another server', () => {
  const oscar = '@oscar:other.example';

  it('is as their server said for half an hour, which is how often servers say it', () => {
    expect(take(oscar, 0)).toBe(true);
    expect(board.read(oscar, 30 * MINUTE)).toMatchObject({ presence: 'online', isActive: false });
    expect(board.read(oscar, 36 * MINUTE)).toMatchObject({ presence: 'offline' });
  });

  it('takes the place of another, of which nobody has heard for longest, where there are too many', () => {
    say('online', 0);
    for (let index = 0; index <= 50_000; index += 1) take(`@u${index}:other.example`, 0);
    expect([...board.present()]).toHaveLength(50_001);
    expect(board.read('@u0:other.example', 0).presence).toBe('offline');
    expect(board.read(alice, 0).presence).toBe('online');
  });
});
