import type { JsonObject } from '@plexus/matrix-base';
import type { RoomCommand } from '@plexus/rpc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildMessage,
  buildProto,
  buildReceipts,
  buildSend,
  buildState,
} from '../../test-support/commands.ts';
import { ALICE, BOB, CAROL, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const DAVE = '@dave:two.example';
const RHEA = '@rhea:remote.example';
const DENYING_TWO = { allow: ['*'], deny: ['two.example'] };
const FORBIDDEN = [403, 'M_FORBIDDEN'];

let test: TestDatabase;
let harness: PersisterHarness;
let room: string;

beforeAll(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
});
afterAll(async () => {
  await harness.stop();
  await test.drop();
});
beforeEach(async () => {
  const made = buildCreateRoom({ creator: ALICE }, harness.servers);
  room = made.roomId;
  await harness.store(made.command);
  await harness.store(buildMembership(room, { sender: BOB, membership: 'join' }));
});

function acl(content: JsonObject, sender = ALICE) {
  return buildState('m.room.server_acl', '', sender, content);
}

async function refusalOf(command: RoomCommand): Promise<unknown> {
  const result = await harness.execute(command);
  return result.$case === 'refused' ? [result.value.httpStatus, result.value.errcode] : result.$case;
}

async function createRoom(powerLevels: JsonObject): Promise<string> {
  const made = buildCreateRoom({ creator: ALICE, powerLevels }, harness.servers);
  await harness.store(made.command);
  return made.roomId;
}

describe('a server ACL', () => {
  it.each<JsonObject>([{}, { allow: [] }, { allow: ['*'], deny: ['one.*'] }, { allow: ['two.example'] }])(
    'that would deny its sender’s own server is refused: %j',
    async (content) => {
      expect(await refusalOf(buildSend(room, acl(content)))).toEqual([400, 'M_UNKNOWN']);
      const made = buildCreateRoom({ creator: ALICE, events: [acl(content)] }, harness.servers);
      expect(await refusalOf(made.command)).toEqual([400, 'M_UNKNOWN']);
    },
  );

  it('may deny another hosted server, and is none under another state key', async () => {
    expect(await refusalOf(buildSend(room, acl(DENYING_TWO)))).toBe('stored');
    const elsewhere = buildState('m.room.server_acl', 'x', ALICE, {});
    expect(await refusalOf(buildSend(room, elsewhere))).toBe('stored');
  });

  it('cannot be redacted, which would deny everybody', async () => {
    const [eventId = ''] = await harness.store(buildSend(room, acl(DENYING_TWO)));
    const redaction = { ...buildProto('m.room.redaction', ALICE, {}), redacts: eventId };
    expect(await refusalOf(buildSend(room, redaction))).toEqual(FORBIDDEN);
    const inContent = { redacts: eventId };
    for (const proto of [
      buildState('m.room.redaction', '', ALICE, inContent),
      buildProto('m.room.redaction', ALICE, inContent),
    ])
      expect(await refusalOf(buildSend(room, proto))).toEqual(FORBIDDEN);
  });
});

describe('a hosted server that the ACL denies', () => {
  it('is refused as other servers would refuse it, until the ACL lets it in again', async () => {
    const memberships = [
      buildMembership(room, { sender: DAVE, membership: 'join' }),
      buildMembership(room, { sender: BOB, membership: 'invite', target: CAROL }),
      buildMembership(room, { sender: BOB, membership: 'leave' }),
    ];
    await harness.store(buildSend(room, acl(DENYING_TWO)));
    const commands = [buildMessage(room, BOB, 'hello'), ...memberships];
    const refused: unknown[] = [];
    for (const command of commands) refused.push(await refusalOf(command));
    expect(refused).toEqual(commands.map(() => FORBIDDEN));
    expect(await refusalOf(buildMessage(room, ALICE, 'hello'))).toBe('stored');
    await harness.store(buildSend(room, acl({ allow: ['*'] })));
    expect(await refusalOf(buildMessage(room, BOB, 'hello again'))).toBe('stored');
  });
});

describe('a server ACL that another server has redacted', () => {
  let remote: RemoteServer;
  let aclId: string;
  let offset = 0;
  beforeEach(async () => {
    meetRemote();
    const powers = { users: { [ALICE]: 100, [RHEA]: 100 } };
    room = await createRoom(powers);
    [aclId = ''] = await harness.store(buildSend(room, acl({ allow: ['*'], deny: ['evil.example'] })));
    const join = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
    await remote.send(room, join);
  });

  /** Its records go on where no earlier one was. */
  function meetRemote(): void {
    offset += 10;
    remote = new RemoteServer(harness, offset);
  }

  async function redact(): Promise<void> {
    await remote.send(room, { type: 'm.room.redaction', sender: RHEA, content: { redacts: aclId } });
  }

  it('denies every hosted server what other servers would refuse it', async () => {
    expect(await refusalOf(buildMessage(room, ALICE, 'before'))).toBe('stored');
    await redact();
    const commands = [
      buildMessage(room, ALICE, 'after'),
      buildSend(room, acl({ allow: ['*'] })),
      buildMembership(room, { sender: DAVE, membership: 'join' }),
      buildReceipts(room, ALICE, [{ eventId: aclId }]),
    ];
    const refused: unknown[] = [];
    for (const command of commands) refused.push(await refusalOf(command));
    expect(refused).toEqual(commands.map(() => FORBIDDEN));
  });

  it('denies them after a restart too, until somebody sets another', async () => {
    await redact();
    await harness.stop();
    harness = await startPersister(test);
    expect(await refusalOf(buildMessage(room, ALICE, 'after'))).toEqual(FORBIDDEN);
    meetRemote();
    const content = { allow: ['*'] };
    await remote.send(room, { type: 'm.room.server_acl', sender: RHEA, stateKey: '', content });
    expect(await refusalOf(buildMessage(room, ALICE, 'let in again'))).toBe('stored');
  });

  it('stays as it is where the redaction takes no effect', async () => {
    room = await createRoom({ users: { [ALICE]: 100 } });
    [aclId = ''] = await harness.store(buildSend(room, acl({ allow: ['*'] })));
    const join = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
    await remote.send(room, join);
    await redact();
    expect(await refusalOf(buildMessage(room, ALICE, 'still here'))).toBe('stored');
  });
});
