import type { JsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { isRemoteMembership, remoteMemberOf } from './remote-member.ts';

const RHEA = '@rhea:far.example';
const isHosted = (serverName: string): boolean => serverName === 'one.example';

function memberOf(content: JsonObject): ReturnType<typeof remoteMemberOf> {
  return remoteMemberOf(RHEA, { eventNid: 7, content });
}

describe('remoteMemberOf', () => {
  it('takes the names of who is joined', () => {
    expect(memberOf({ membership: 'join', displayname: 'Rhea', avatar_url: 'mxc://far.example/a' })).toEqual({
      userId: RHEA,
      eventNid: 7,
      displayName: 'Rhea',
      avatarUrl: 'mxc://far.example/a',
    });
  });

  it.each(['leave', 'ban', 'invite', 'knock', 7])('has nobody of a membership %s', (membership) => {
    expect(memberOf({ membership, displayname: 'Rhea' })).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['are no texts', { displayname: 7, avatar_url: {} }],
    ['are blank, or lead elsewhere', { displayname: ' \n', avatar_url: 'https://far.example/a' }],
    ['are too long for an address', { avatar_url: `mxc://${'a'.repeat(1_000)}` }],
    ['no database keeps', { displayname: '\0', avatar_url: 'mxc://far.example/\0' }],
  ])('leaves names out that %s', (_what, names) => {
    expect(memberOf({ membership: 'join', ...names })).toMatchObject({ displayName: undefined, avatarUrl: undefined });
  });

  it('cuts long names, and leaves no half of a character', () => {
    const name = memberOf({ membership: 'join', displayname: `${'x'.repeat(255)}\u{1f600}` })?.displayName;
    expect([name?.length, name?.isWellFormed()]).toEqual([256, true]);
  });
});

describe('isRemoteMembership', () => {
  it.each([
    ['m.room.member', RHEA, true],
    ['m.room.member', '@alice:one.example', false],
    ['m.room.member', 'nobody', false],
    ['m.room.topic', '', false],
  ])('of %s %s', (type, stateKey, expected) => {
    expect(isRemoteMembership({ type, stateKey }, isHosted)).toBe(expected);
  });
});
