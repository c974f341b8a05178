import { describe, expect, it } from 'vitest';
import { ALICE, BOB, DAVE, nameOf } from '../../test-support/auth-cases.ts';
import { buildEvent } from '../../test-support/build-event.ts';
import { ROOM_VERSIONS } from '../room-version/versions.ts';
import { checkAuthorisingSignature } from './authorising-signature.ts';

const KEY = 'join_authorised_via_users_server';
const member = (version: string, content: object) =>
  buildEvent(version, { type: 'm.room.member', sender: DAVE, stateKey: DAVE, content: { ...content } });

describe('checkAuthorisingSignature', () => {
  it.each(ROOM_VERSIONS)('5.2.1 asks for the signature of the authorising server (version %s)', (version) => {
    const event = member(version, { membership: 'join', [KEY]: BOB });
    expect(nameOf(checkAuthorisingSignature(event, (server) => server === 'a.example'))).toBe('allow');
    const unsigned = nameOf(checkAuthorisingSignature(event, (server) => server !== 'a.example'));
    expect(unsigned).toBe(Number(version) < 8 ? 'allow' : 'member.authorising_signature');
  });

  it('5.2 holds for every membership', () => {
    const event = member('9', { membership: 'leave', [KEY]: ALICE });
    expect(nameOf(checkAuthorisingSignature(event, () => false))).toBe('member.authorising_signature');
  });

  it.each([null, 5, 'bob', '@bob'])('5.2.1 rejects the authorising user %j', (value) => {
    const event = member('9', { membership: 'join', [KEY]: value });
    expect(nameOf(checkAuthorisingSignature(event, () => true))).toBe('member.authorising_signature');
  });

  it('asks for nothing where the event names nobody, or is no membership', () => {
    expect(nameOf(checkAuthorisingSignature(member('9', { membership: 'join' }), () => false))).toBe('allow');
    const other = buildEvent('9', { type: 'm.room.topic', sender: DAVE, stateKey: '', content: { [KEY]: BOB } });
    expect(nameOf(checkAuthorisingSignature(other, () => false))).toBe('allow');
  });
});
