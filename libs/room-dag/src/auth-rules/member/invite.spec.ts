import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { encodeCanonicalJson, SigningKey } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import type { RoomShape } from '../../../test-support/auth-cases.ts';
import { ALICE, BOB, CAROL, DAVE, rowsOf, verdictOf } from '../../../test-support/auth-cases.ts';

const invite = (sender: string, stateKey: string, more: JsonObject = {}) => {
  return { type: 'm.room.member', sender, stateKey, content: { membership: 'invite', ...more } };
};

const identityKey = new SigningKey('ed25519:0', Buffer.alloc(32, 7));
const otherKey = new SigningKey('ed25519:0', Buffer.alloc(32, 8));

function signedBy(key: SigningKey, fields: JsonObject = { mxid: DAVE, token: 'token' }): JsonObject {
  return { ...fields, signatures: { 'id.example': { 'ed25519:0': key.sign(encodeCanonicalJson(fields)) } } };
}

const signed = signedBy(identityKey);
const thirdParty = (value: JsonValue, sender = BOB) => invite(sender, DAVE, { third_party_invite: value });
const urlSafe = (base64: string) => base64.replaceAll('+', '-').replaceAll('/', '_');

function withInvite(content: JsonObject, more: RoomShape = {}): RoomShape {
  const others = [{ type: 'm.room.third_party_invite', sender: BOB, stateKey: 'token', content }];
  return { ...more, others };
}

const inRoom = withInvite({ public_key: identityKey.publicKey });

const rows = rowsOf([
  { story: '5.4.4 allows an invite at the invite level', event: invite(CAROL, DAVE), verdict: 'allow' },
  {
    story: '5.4.4 allows inviting a user who left, knocked or is invited',
    room: { members: { [DAVE]: 'knock' } },
    event: invite(CAROL, DAVE),
    verdict: 'allow',
  },
  {
    story: '5.4.2 rejects an invite by a user who is not joined',
    room: { members: { [CAROL]: 'invite' } },
    event: invite(CAROL, DAVE),
    verdict: 'member.invite.sender_not_joined',
  },
  ...['join', 'ban'].map((membership) => ({
    story: `5.4.3 rejects inviting a user with membership ${membership}`,
    room: { members: { [DAVE]: membership } },
    event: invite(BOB, DAVE),
    verdict: 'member.invite.target' as const,
  })),
  {
    story: '5.4.5 rejects an invite below the invite level',
    room: { powerLevels: { invite: 1 } },
    event: invite(CAROL, DAVE),
    verdict: 'member.invite.power',
  },
  {
    story: '5.4.4 lets creators invite from version 12 on, whatever the level',
    room: { powerLevels: { invite: 500 } },
    event: invite(ALICE, DAVE),
    verdict: { '1-11': 'member.invite.power', '12': 'allow' },
  },

  {
    story: '5.4.1.7 allows a signed third party invite',
    room: inRoom,
    event: thirdParty({ signed }),
    verdict: 'allow',
  },
  {
    story: '5.4.1.7 leaves unsigned out of what is signed',
    room: inRoom,
    event: thirdParty({ signed: { ...signed, unsigned: { age: 1 } } }),
    verdict: 'allow',
  },
  {
    story: '5.4.1.7 finds the key among public_keys',
    room: withInvite({
      public_key: otherKey.publicKey,
      public_keys: [{ public_key: otherKey.publicKey }, 'x', { public_key: identityKey.publicKey }],
    }),
    event: thirdParty({ signed }),
    verdict: 'allow',
  },
  {
    story: '5.4.1.7 reads a key in the URL-safe alphabet',
    room: withInvite({ public_key: urlSafe(identityKey.publicKey) }),
    event: thirdParty({ signed }),
    verdict: 'allow',
  },
  {
    story: '5.4.1.7 does not ask whether the sender is still joined',
    room: withInvite({ public_key: identityKey.publicKey }, { members: { [BOB]: 'leave' } }),
    event: thirdParty({ signed }),
    verdict: 'allow',
  },
  {
    story: '5.4.1.1 rejects a third party invite of a banned user',
    room: withInvite({ public_key: identityKey.publicKey }, { members: { [DAVE]: 'ban' } }),
    event: thirdParty({ signed }),
    verdict: 'member.invite.third_party.banned',
  },
  ...[null, 'yes', [], {}, { signed: null }, { signed: 'x' }].map((value) => ({
    story: `5.4.1.2 rejects third_party_invite ${JSON.stringify(value)}`,
    room: inRoom,
    event: thirdParty(value),
    verdict: 'member.invite.third_party.signed' as const,
  })),
  ...[{ mxid: DAVE }, { token: 'token' }, { mxid: 1, token: 'token' }].map((value) => ({
    story: `5.4.1.3 rejects signed ${JSON.stringify(value)}`,
    room: inRoom,
    event: thirdParty({ signed: value }),
    verdict: 'member.invite.third_party.mxid_and_token' as const,
  })),
  {
    story: '5.4.1.4 rejects an mxid that is not the invited user',
    room: inRoom,
    event: thirdParty({ signed: signedBy(identityKey, { mxid: CAROL, token: 'token' }) }),
    verdict: 'member.invite.third_party.mxid',
  },
  {
    story: '5.4.1.5 rejects a token that the room does not have',
    event: thirdParty({ signed }),
    verdict: 'member.invite.third_party.token',
  },
  {
    story: '5.4.1.6 rejects another sender than that of the third party invite',
    room: inRoom,
    event: thirdParty({ signed }, ALICE),
    verdict: 'member.invite.third_party.sender',
  },
  {
    story: '5.4.1.8 rejects a signature by another key',
    room: inRoom,
    event: thirdParty({ signed: signedBy(otherKey) }),
    verdict: 'member.invite.third_party.signature',
  },
  {
    story: '5.4.1.8 rejects a signature over something else',
    room: inRoom,
    event: thirdParty({ signed: { ...signed, sender: BOB } }),
    verdict: 'member.invite.third_party.signature',
  },
  {
    story: '5.4.1.8 rejects signed content that has no canonical JSON',
    room: inRoom,
    event: thirdParty({ signed: { ...signed, lone: '\ud800' } }),
    verdict: 'member.invite.third_party.signature',
  },
  ...[
    undefined,
    [],
    { 'id.example': 'x' },
    { 'id.example': { 'rsa:0': 'x' } },
    { 'id.example': { 'ed25519:0': 1 } },
  ].map((signatures) => ({
    story: `5.4.1.8 rejects signatures ${JSON.stringify(signatures)}`,
    room: inRoom,
    event: thirdParty({ signed: { mxid: DAVE, token: 'token', ...(signatures && { signatures }) } }),
    verdict: 'member.invite.third_party.signature' as const,
  })),
  {
    story: '5.4.1.8 rejects an invite whose event holds no key',
    room: withInvite({ public_keys: 'none' }),
    event: thirdParty({ signed }),
    verdict: 'member.invite.third_party.signature',
  },
]);

describe('checkInvite', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });

  it('tries a bounded number of signatures and keys', () => {
    const good = identityKey.sign(encodeCanonicalJson({ mxid: DAVE, token: 'token' }));
    const bogus = Array.from({ length: 600 }, (_, index) => [`ed25519:${index}`, `bogus${index}`] as const);
    const many = Object.fromEntries([...bogus, ['ed25519:good', good]]);
    const keys = Array.from({ length: 600 }, (_, index) => ({ public_key: `bogus${index}` }));
    const [row] = rowsOf([
      {
        story: '',
        room: withInvite({ public_keys: [...keys, { public_key: identityKey.publicKey }] }),
        event: thirdParty({ signed: { ...signed, signatures: { 'id.example': many } } }),
        verdict: 'member.invite.third_party.signature',
      },
    ]);
    expect(row && verdictOf(row)).toBe('member.invite.third_party.signature');
  });
});
