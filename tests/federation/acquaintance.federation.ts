import { beforeAll, expect, it } from 'vitest';
import { MatrixHttp } from '../support/matrix-client.ts';
import { inBothDirections, openPeers } from './support/peers.ts';
import type { Direction } from './support/peers.ts';

inBothDirections('who is at the other server', (peers) => {
  let home: Direction['home'];
  let away: Direction['away'];
  beforeAll(async () => {
    ({ home, away } = await peers());
  });

  it('says of themselves what is read here', async () => {
    const [alice, bob] = [await home.register('alice'), await away.register('bob')];
    const profile = `/_matrix/client/v3/profile/${encodeURIComponent(bob.userId)}`;
    await bob.ask('PUT', `${profile}/displayname`, { displayname: 'Bob of elsewhere' });
    expect(await alice.ask('GET', profile)).toMatchObject({ displayname: 'Bob of elsewhere' });
    expect(await alice.ask('GET', `${profile}/displayname`)).toEqual({ displayname: 'Bob of elsewhere' });
    const nobody = `/_matrix/client/v3/profile/${encodeURIComponent(`@nobody:${away.serverName}`)}`;
    expect(await alice.call('GET', nobody)).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } });
  });
});

it('both show their version', async () => {
  const { plexus } = await openPeers();
  const answer = await new MatrixHttp(plexus.deployment).call('GET', '/_matrix/federation/v1/version');
  expect(answer).toMatchObject({ status: 200, body: { server: { name: 'Plexus' } } });
});
