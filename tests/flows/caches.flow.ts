import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixClient, MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import { bodiesOf, syncIntoRoom, syncOnce } from './support/timeline.ts';

const CACHES = '/_plexus/admin/v1/caches';
/** @NOTE A busy machine answers late; that an answer is not too old the model checker of `libs/cache` shows. */
const SEEN_WITHIN = { timeout: 10_000, interval: 50 };
/** From the change to what every process shows. */
const FOLLOWED_WITHIN = { timeout: 2_000, interval: 50 };

inBothModes('an operator who tunes caches', (deploy) => {
  let deployment: Deployment;
  let root: MatrixClient;
  beforeAll(async () => {
    deployment = await deploy();
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    root = await new MatrixHttp(deployment).login(`@${name}:one.test`);
  });
  afterAll(async () => {
    for (const cache of ['global', 'state_nodes']) await root.call('DELETE', `${CACHES}/${cache}`);
  });

  /** What each process shows of a metric, where it has it. */
  async function shown(series: string): Promise<string[]> {
    const pages = await Promise.all(
      deployment.services.map(async ({ operationUrl }) => (await fetch(`${operationUrl}/metrics`)).text()),
    );
    const [metric = '', label = ''] = series.split(' ');
    return pages.flatMap((page) => {
      const line = page.split('\n').find((one) => one.startsWith(`${metric}{`) && one.includes(label));
      return line === undefined ? [] : [line.split(' ').at(-1) ?? ''];
    });
  }

  function all(value: number | string): string[] {
    return deployment.services.map(() => String(value));
  }

  it('changes a factor, and every process has it within two seconds', async () => {
    const { revision } = await root.ask('PUT', `${CACHES}/state_nodes`, { factor: 3 });
    await expect.poll(() => shown('plexus_cache_factor name="state_nodes"'), FOLLOWED_WITHIN).toEqual(all(3));
    expect(await shown('plexus_cache_capacity name="state_nodes",tier="process"')).toEqual(all(300_000));
    expect(await shown('plexus_config_generation source="administrators"')).toEqual(all(String(revision)));
    await root.ask('DELETE', `${CACHES}/state_nodes`);
    await expect.poll(() => shown('plexus_cache_factor name="state_nodes"'), FOLLOWED_WITHIN).toEqual(all(0.5));
  });

  it('changes the configuration file, and every process has it within two seconds', async () => {
    const before = await shown('plexus_config_generation source="file"');
    expect(before).toHaveLength(deployment.services.length);
    const write = (factor: number): Promise<unknown> =>
      Promise.all(
        deployment.services.map((one) => one.configure({ caches: { per_cache_factors: { push_rules: factor } } })),
      );
    await write(2);
    await expect.poll(() => shown('plexus_cache_factor name="push_rules"'), FOLLOWED_WITHIN).toEqual(all(2));
    const after = await shown('plexus_config_generation source="file"');
    expect(after.filter((generation, index) => generation === before[index])).toEqual([]);
    await write(0.5);
    await expect.poll(() => shown('plexus_cache_factor name="push_rules"'), FOLLOWED_WITHIN).toEqual(all(0.5));
  });

  it('has users who see what changes of names and aliases, whichever replica they ask', async () => {
    const name = uniqueName('carol');
    const carol = await new MatrixHttp(deployment).register(name);
    const readers = [0, 1].map(
      (replica) => new MatrixClient(new MatrixHttp(deployment.routesTo(replica)), root.session),
    );
    /** What both replicas answer, in words. */
    const answers = (path: string, key: string): Promise<unknown[]> =>
      Promise.all(
        readers.map(async (reader) => {
          const { status, body } = await reader.call('GET', path);
          return status === 200 ? body[key] : status;
        }),
      );
    const profile = `/_matrix/client/v3/profile/${encodeURIComponent(carol.userId)}`;
    for (const displayname of ['Carol', 'Caroline']) {
      await carol.ask('PUT', `${profile}/displayname`, { displayname });
      await expect.poll(() => answers(profile, 'displayname'), SEEN_WITHIN).toEqual([displayname, displayname]);
      expect(await answers(profile, 'displayname')).toEqual([displayname, displayname]);
    }
    const roomId = await carol.createRoom({ room_alias_name: name });
    const directory = `/_matrix/client/v3/directory/room/${encodeURIComponent(`#${name}:one.test`)}`;
    expect(await answers(directory, 'room_id')).toEqual([roomId, roomId]);
    expect(await answers(directory, 'room_id')).toEqual([roomId, roomId]);
    await carol.ask('DELETE', directory);
    await expect.poll(() => answers(directory, 'room_id'), SEEN_WITHIN).toEqual([404, 404]);
    await deployment.command(['user', 'deactivate', carol.userId]);
    await expect.poll(() => answers(profile, 'displayname'), SEEN_WITHIN).toEqual([404, 404]);
    for (const cache of ['profiles', 'aliases']) {
      const tiers = ['process', 'shared'].map((tier) =>
        shown(`plexus_cache_hits_total name="${cache}",tier="${tier}"`),
      );
      const hits = (await Promise.all(tiers)).flat();
      expect(Math.max(...hits.map(Number))).toBeGreaterThan(0);
    }
  });

  it('switches all caches off while people talk, and nobody notices', async () => {
    const alice = await new MatrixHttp(deployment).register(uniqueName('alice'));
    const roomId = await alice.createRoom();
    const since = await syncIntoRoom(alice, roomId);
    await root.ask('PUT', `${CACHES}/global`, { factor: 0 });
    await expect
      .poll(() => shown('plexus_cache_capacity name="access_tokens",tier="process"'), FOLLOWED_WITHIN)
      .toEqual(all(0));
    await alice.send(roomId, 'without caches');
    const answer = await syncOnce(alice, { since, timeout: 10_000 });
    expect(bodiesOf(answer.rooms?.join?.[roomId]?.timeline.events ?? [])).toEqual(['without caches']);
    expect(new Set(await shown('plexus_cache_size name="access_tokens",tier="process"'))).toEqual(new Set(['0']));
    await alice.call('POST', '/_matrix/client/v3/logout');
    expect((await alice.call('GET', '/_matrix/client/v3/account/whoami')).status).toBe(401);
    await root.ask('DELETE', `${CACHES}/global`);
  });

  it('asks which factors to choose', async () => {
    const urls = deployment.services.map(({ operationUrl }) => `${operationUrl}/metrics`);
    const advice = await deployment.command(['caches', 'advise', ...urls]);
    expect(advice).toMatch(/^cache +factor +hits/);
    expect(advice).toMatch(/^access_tokens +\d/m);
  });
});
