import { findRoomVersion } from '@plexus/room-dag';
import { FakeHostedServers } from '@plexus/testing';
import { describe, expect, it } from 'vitest';
import { buildMembership } from './build-membership.ts';
import type { MembershipTemplate } from './membership-template.ts';

const ALICE = '@alice:one.example';
const ASKED = { roomId: '!room:far.example', userId: ALICE, membership: 'join' } as const;
const PORTS = {
  keys: new FakeHostedServers(['one.example']),
  clock: { now: () => 1_700_000_000_000 },
  random: { bytes: (length: number) => Buffer.alloc(length, 1), fraction: () => 0 },
};

function template(version: string, change: Partial<MembershipTemplate> = {}): MembershipTemplate {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new Error('the version is known');
  const place = { prevEvents: ['$prev'], authEvents: ['$auth'], depth: 7 };
  return { outcome: 'ok', rules, ...place, referenceHashes: undefined, authorisingUser: undefined, ...change };
}

function build(made: MembershipTemplate, content = {}) {
  const built = buildMembership(made, { ...ASKED, content }, PORTS);
  if (built.outcome !== 'ok') throw new Error(built.because);
  return built.event;
}

describe('buildMembership', () => {
  it('has what the user brings beside the membership, and cannot become another one', () => {
    const content = { displayname: 'Alice', membership: 'ban', join_authorised_via_users_server: '@eve:far.example' };
    const event = build(template('10'), content);
    expect(event).toMatchObject({
      sender: ALICE,
      stateKey: ALICE,
      prevEvents: ['$prev'],
      authEvents: ['$auth'],
      depth: 7,
      originServerTs: 1_700_000_000_000,
    });
    expect(event.content).toEqual({ displayname: 'Alice', membership: 'join' });
    expect(Object.keys(event.pdu['signatures'] as object)).toEqual(['one.example']);
  });

  it('names who vouches for it, where somebody does', () => {
    const event = build(template('10', { authorisingUser: '@victor:far.example' }));
    expect(event.content).toMatchObject({ join_authorised_via_users_server: '@victor:far.example' });
  });

  it('names itself in old versions, and cites with hashes', () => {
    const referenceHashes = new Map([
      ['$prev', 'p'],
      ['$auth', undefined],
    ]);
    const event = build(template('1', { referenceHashes }));
    expect(event.eventId).toMatch(/^\$.+:one\.example$/);
    expect(event.pdu['prev_events']).toEqual([['$prev', { sha256: 'p' }]]);
    expect(event.pdu['auth_events']).toEqual([['$auth', {}]]);
  });

  it('is not made where it would be too large', () => {
    const built = buildMembership(template('10'), { ...ASKED, content: { reason: 'x'.repeat(70_000) } }, PORTS);
    expect(built).toMatchObject({ outcome: 'malformed' });
  });
});
