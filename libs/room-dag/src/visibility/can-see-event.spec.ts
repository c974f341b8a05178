import { describe, expect, it } from 'vitest';
import { buildEvent } from '../../test-support/build-event.ts';
import type { ServerBeforeEvent, UserBeforeEvent } from './can-see-event.ts';
import { canServerSeeEvent, canUserSeeEvent } from './can-see-event.ts';
import type { HistoryVisibility } from './history-visibility.ts';
import { historyVisibilityOf } from './history-visibility.ts';

const ALICE = '@alice:a.example';
const BOB = '@bob:b.example';
const VISIBILITIES: readonly HistoryVisibility[] = ['world_readable', 'shared', 'invited', 'joined'];
const MEMBERSHIPS = ['join', 'invite', 'knock', 'leave', 'ban'];

const message = buildEvent('11', { type: 'm.room.message', sender: ALICE });
const visibilityEvent = (historyVisibility: string, stateKey = '') =>
  buildEvent('11', {
    type: 'm.room.history_visibility',
    sender: ALICE,
    stateKey,
    content: { history_visibility: historyVisibility },
  });
const memberEvent = (userId: string, membership: string) =>
  buildEvent('11', { type: 'm.room.member', sender: userId, stateKey: userId, content: { membership } });

const bob = (shape: Partial<UserBeforeEvent>): UserBeforeEvent => {
  return { userId: BOB, historyVisibility: 'joined', membership: 'leave', hasJoinedSince: false, ...shape };
};

describe('historyVisibilityOf', () => {
  it.each(VISIBILITIES)('reads %s', (visibility) => {
    expect(historyVisibilityOf(visibilityEvent(visibility))).toBe(visibility);
  });

  it('is shared without an event and for unknown values', () => {
    expect(historyVisibilityOf(undefined)).toBe('shared');
    expect(historyVisibilityOf(visibilityEvent('secret'))).toBe('shared');
    expect(historyVisibilityOf({ content: { history_visibility: ['joined'] } })).toBe('shared');
    expect(historyVisibilityOf({ content: {} })).toBe('shared');
  });
});

describe('canUserSeeEvent', () => {
  /** Who sees a message, by visibility: the memberships at the event; then those with a later join. */
  const table: Record<HistoryVisibility, { now: string[]; joinedSince: string[] }> = {
    world_readable: { now: MEMBERSHIPS, joinedSince: MEMBERSHIPS },
    shared: { now: ['join'], joinedSince: MEMBERSHIPS },
    invited: { now: ['join', 'invite'], joinedSince: ['join', 'invite'] },
    joined: { now: ['join'], joinedSince: ['join'] },
  };

  it.each(VISIBILITIES)('shows messages under %s to the right memberships', (historyVisibility) => {
    const seenBy = (hasJoinedSince: boolean) =>
      MEMBERSHIPS.filter((membership) =>
        canUserSeeEvent(message, bob({ historyVisibility, membership, hasJoinedSince })),
      );
    expect(seenBy(false)).toEqual(table[historyVisibility].now);
    expect(seenBy(true)).toEqual(table[historyVisibility].joinedSince);
  });

  it.each([
    ['world_readable', 'joined', true],
    ['joined', 'world_readable', true],
    ['joined', 'invited', false],
    ['invited', 'joined', false],
  ] as const)('shows strangers the change from %s to %s: %s', (before, after, expected) => {
    expect(canUserSeeEvent(visibilityEvent(after), bob({ historyVisibility: before }))).toBe(expected);
  });

  it('takes an unknown new visibility for shared', () => {
    expect(canUserSeeEvent(visibilityEvent('secret'), bob({ hasJoinedSince: true }))).toBe(true);
    expect(canUserSeeEvent(visibilityEvent('secret'), bob({ hasJoinedSince: false }))).toBe(false);
  });

  it('does not let a visibility under another state key count', () => {
    expect(canUserSeeEvent(visibilityEvent('world_readable', 'x'), bob({}))).toBe(false);
  });

  it.each([
    ['leave', 'join', true],
    ['join', 'leave', true],
    ['join', 'ban', true],
    ['leave', 'invite', false],
    ['invite', 'leave', false],
  ])('shows users their own change from %s to %s under joined: %s', (membership, after, expected) => {
    expect(canUserSeeEvent(memberEvent(BOB, after), bob({ membership }))).toBe(expected);
  });

  it('shows users their own invite, and that they declined it, under invited', () => {
    const invited = bob({ historyVisibility: 'invited', membership: 'leave' });
    expect(canUserSeeEvent(memberEvent(BOB, 'invite'), invited)).toBe(true);
    expect(canUserSeeEvent(memberEvent(BOB, 'leave'), { ...invited, membership: 'invite' })).toBe(true);
  });

  it("does not let another user's membership count", () => {
    expect(canUserSeeEvent(memberEvent(ALICE, 'join'), bob({}))).toBe(false);
  });
});

const server = (shape: Partial<ServerBeforeEvent>): ServerBeforeEvent => {
  return { serverName: 'b.example', historyVisibility: 'joined', hasJoined: false, hasInvited: false, ...shape };
};

describe('canServerSeeEvent', () => {
  it.each([
    ['world_readable', true, true, true],
    ['shared', true, true, true],
    ['invited', false, true, true],
    ['joined', false, false, true],
  ] as const)('under %s: nobody %s, invited %s, joined %s', (historyVisibility, nobody, invited, joined) => {
    expect(canServerSeeEvent(message, server({ historyVisibility }))).toBe(nobody);
    expect(canServerSeeEvent(message, server({ historyVisibility, hasInvited: true }))).toBe(invited);
    expect(canServerSeeEvent(message, server({ historyVisibility, hasJoined: true }))).toBe(joined);
  });

  it('shows a change of the visibility that is open before or after', () => {
    expect(canServerSeeEvent(visibilityEvent('shared'), server({}))).toBe(true);
    expect(canServerSeeEvent(visibilityEvent('joined'), server({ historyVisibility: 'shared' }))).toBe(true);
    expect(canServerSeeEvent(visibilityEvent('invited'), server({}))).toBe(false);
  });

  it("shows the joins and leaves of the server's own users", () => {
    expect(canServerSeeEvent(memberEvent(BOB, 'join'), server({}))).toBe(true);
    expect(canServerSeeEvent(memberEvent(BOB, 'leave'), server({ hasJoined: true }))).toBe(true);
    expect(canServerSeeEvent(memberEvent(BOB, 'invite'), server({ historyVisibility: 'invited' }))).toBe(true);
    expect(canServerSeeEvent(memberEvent(BOB, 'invite'), server({}))).toBe(false);
    expect(canServerSeeEvent(memberEvent(ALICE, 'join'), server({}))).toBe(false);
  });
});
