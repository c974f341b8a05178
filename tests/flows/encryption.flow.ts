import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { CryptoPerson } from './support/crypto-person.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import { verifyByEmoji } from './support/verify-by-emoji.ts';

/** Two people who keep their conversation to themselves, with the client library of the Matrix project and its encryption. */
inBothModes('encryption with matrix-js-sdk', (deploy) => {
  let baseUrl: string;
  const people: CryptoPerson[] = [];
  beforeAll(async () => {
    // The library tells the console whatever it does.
    const muted = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level).mockReturnValue(),
    );
    const proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(await deploy()) });
    baseUrl = proxy.url;
    return async () => {
      for (const spy of muted) spy.mockRestore();
      await proxy.close();
    };
  });
  afterEach(() => {
    for (const { client } of people.splice(0)) client.stopClient();
  });

  async function signUp(name: string): Promise<CryptoPerson> {
    const person = await CryptoPerson.signUp(baseUrl, uniqueName(name));
    people.push(person);
    await person.secure();
    return person;
  }

  it('lets two people verify each other, talk, and read everything again on a new device', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')];
    const roomId = await meet(alice, bob);
    await alice.client.sendTextMessage(roomId, 'can you read this?');
    await bob.untilReads(roomId, ['can you read this?']);
    await bob.client.sendTextMessage(roomId, 'every word');
    const said = ['can you read this?', 'every word'];
    await alice.untilReads(roomId, said);

    await verifyByEmoji(alice, bob, roomId);
    await Promise.all([untilTrusts(alice, bob), untilTrusts(bob, alice)]);

    await untilBackedUp(alice);
    alice.client.stopClient();
    const again = await alice.logInAgain();
    people.push(again);
    await again.recover();
    await again.untilReads(roomId, said);
    expect(await again.crypto.isCrossSigningReady()).toBe(true);
    await bob.client.sendTextMessage(roomId, 'welcome back');
    await again.untilReads(roomId, [...said, 'welcome back']);
  });
});

/** A room in which both are, and each knows of the other. */
async function meet(alice: CryptoPerson, bob: CryptoPerson): Promise<string> {
  const { room_id: roomId } = await alice.client.createRoom({
    invite: [bob.userId],
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
  });
  await vi.waitFor(() => expect(bob.room(roomId).getMyMembership()).toBe('invite'), 60_000);
  await bob.client.joinRoom(roomId);
  for (const person of [alice, bob])
    await vi.waitFor(() => expect(person.room(roomId).getJoinedMemberCount()).toBe(2), 60_000);
  return roomId;
}

/** The other one's keys carry the signature by the own ones. */
async function untilTrusts({ crypto }: CryptoPerson, { userId }: CryptoPerson): Promise<void> {
  await vi.waitFor(async () => {
    expect((await crypto.getUserVerificationStatus(userId)).isCrossSigningVerified()).toBe(true);
  }, 60_000);
}

/** The client puts the keys of both sessions into the backup by and by. */
async function untilBackedUp({ client }: CryptoPerson): Promise<void> {
  const http = new MatrixHttp(client.baseUrl);
  const accessToken = client.getAccessToken() ?? '';
  await vi.waitFor(async () => {
    const { body } = await http.call('GET', '/_matrix/client/v3/room_keys/version', { accessToken });
    expect(body['count']).toBe(2);
  }, 60_000);
  http.close();
}
