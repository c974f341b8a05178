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
  buildSend,
  buildState,
} from '../../test-support/commands.ts';
import { ALICE, BOB, CAROL, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';

const DAVE = '@dave:two.example';
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
