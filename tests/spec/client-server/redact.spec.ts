import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

function redact(client: MatrixClient, roomId: string, [eventId, transactionId]: [string, string]): Promise<Reply> {
  const path = `/redact/${encodeURIComponent(eventId)}/${transactionId}`;
  return client.call('PUT', roomPath(roomId, path), { reason: 'spam' });
}

function eventOf(client: MatrixClient, roomId: string, eventId: string): Promise<Json> {
  return client.ask('GET', roomPath(roomId, `/event/${encodeURIComponent(eventId)}`));
}

describe('PUT /redact', () => {
  it.each(['1', '3', '10', '11', '12'])('takes content away and says why, in a room of version %s', async (version) => {
    const roomId = await alice.createRoom({ room_version: version });
    const eventId = await alice.send(roomId, 'secret');
    const { body } = await redact(alice, roomId, [eventId, 't']);
    const event = await eventOf(alice, roomId, eventId);
    expect(event['content']).toEqual({});
    expect(event['unsigned']).toMatchObject({
      redacted_because: { event_id: body['event_id'], type: 'm.room.redaction', content: { reason: 'spam' } },
    });
    const redaction = await eventOf(alice, roomId, String(body['event_id']));
    const { redacts } = redaction['content'] as Json;
    expect([redacts, redaction['redacts']]).toContain(eventId);
  });

  it('of state keeps what the rules need', async () => {
    const roomId = await alice.createRoom();
    const eventId = await alice.setState(roomId, 'm.room.join_rules', { join_rule: 'public', more: 'x' });
    await redact(alice, roomId, [eventId, 't']);
    expect(await alice.ask('GET', roomPath(roomId, '/state/m.room.join_rules'))).toEqual({ join_rule: 'public' });
  });

  it('is for the sender, and for who has the power', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const ofAlice = await alice.send(roomId, 'a');
    expectError(await redact(bob, roomId, [ofAlice, '1']), 403, 'M_FORBIDDEN');
    await bob.join(roomId);
    const ofBob = await bob.send(roomId, 'b');
    expectError(await redact(bob, roomId, [ofAlice, '2']), 403, 'M_FORBIDDEN');
    expect((await redact(bob, roomId, [ofBob, '3'])).status).toBe(200);
    expect((await eventOf(alice, roomId, ofAlice))['content']).toMatchObject({ body: 'a' });
  });

  it('of what is no event, or none of the room, is refused', async () => {
    const [roomId, other] = [await alice.createRoom(), await alice.createRoom()];
    expectError(await redact(alice, roomId, ['nonsense', '1']), 400, 'M_INVALID_PARAM');
    expectError(await redact(alice, roomId, [`$${'A'.repeat(43)}`, '2']), 404, 'M_NOT_FOUND');
    const elsewhere = await alice.send(other, 'x');
    expectError(await redact(alice, roomId, [elsewhere, '3']), 404, 'M_NOT_FOUND');
    const path = roomPath(roomId, `/redact/${encodeURIComponent(elsewhere)}/4`);
    expectError(await alice.call('PUT', path, { reason: 7 }), 400, 'M_BAD_JSON');
  });
});
