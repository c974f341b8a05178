import { beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { fakePorts, requesterOf } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { refused } from '../../test-support/fake-room-writer.ts';
import { FindDeniedServers } from './find-denied-servers.ts';
import type { AclDenial } from './find-denied-servers.ts';
import { SendState } from './send-state.ts';

const ALICE = '@alice:one.example';
const ROOM = '!room:one.example';
const MEMBERS = [ALICE, '@bob:two.example', '@dan:far.example'];
const DENYING = { allow: ['*'], deny: ['two.example', 'three.example', 'far.example'] };

let ports: FakePorts;
let denials: AclDenial[];
let sendState: SendState;

beforeEach(() => {
  ports = fakePorts(['one.example', 'two.example', 'three.example']);
  ports.rooms.append({ roomId: ROOM, sender: ALICE, type: 'm.room.create', stateKey: '', content: {} });
  for (const userId of MEMBERS) {
    const content = { membership: 'join' };
    ports.rooms.append({ roomId: ROOM, sender: userId, type: 'm.room.member', stateKey: userId, content });
  }
  denials = [];
  const unused = { execute: () => Promise.reject(new Error('not asked for')) };
  sendState = new SendState(
    { ...ports, aclDenies: (denial) => denials.push(denial) },
    {
      memberships: unused,
      partGuests: { ofRoom: async () => {} },
      checkCanonicalAlias: unused,
      findDeniedServers: new FindDeniedServers(ports),
      requireConsent: ports.requireConsent,
    },
  );
});

function set(content: JsonObject, { type = 'm.room.server_acl', stateKey = '' } = {}): Promise<string> {
  const sent = { parsed: content, bytes: undefined };
  return sendState.execute(requesterOf(ALICE), { roomId: ROOM, type, stateKey, content: sent });
}

it('tells of an ACL that keeps a hosted server out of a room that it is in, and of no other server', async () => {
  const eventId = await set(DENYING);
  expect(denials).toEqual([{ roomId: ROOM, sender: ALICE, eventId, servers: ['two.example'] }]);
});

it.each<[string, JsonObject, { type?: string; stateKey?: string }]>([
  ['an ACL that lets them in', { allow: ['*'], deny: ['three.example', 'far.example'] }, {}],
  ['what is under another state key', DENYING, { stateKey: 'x' }],
  ['other state', DENYING, { type: 'm.room.topic' }],
])('tells nothing of %s', async (_, content, as) => {
  await set(content, as);
  expect(denials).toEqual([]);
});

it('tells nothing of an ACL that is refused', async () => {
  ports.writer.nextReply = refused('M_FORBIDDEN', 403, 'auth.power');
  await expect(set(DENYING)).rejects.toMatchObject({ httpStatus: 403 });
  expect(denials).toEqual([]);
});
