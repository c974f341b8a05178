import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { MatrixHttp } from '../support/matrix-client.ts';

/** As many hosted servers as the bar names. */
const SERVERS = 1_000;
/** Rounds of use of the one server: what happens now and then has to have happened. */
const ALONE = 20;
const AT_ONCE = 16;
/** What a deployment may have by its own choice: `server_name` is the deployment's, `service` of application services, `hosted_server` opted in. */
const OPEN_LABELS = new Set(['server_name']);

const names = Array.from({ length: SERVERS }, (_, index) => `server-${index}.test`);
let deployment: Deployment;

beforeAll(async () => {
  deployment = await launchEmbedded({ serverName: 'server-0.test', settings: settingsFor(names.slice(0, 1)) });
});
afterAll(() => deployment.dispose());

it(
  'has as many series with 1,000 hosted servers as with one, and one more for each that is opted in',
  { timeout: 300_000 },
  async () => {
    await inLanes(Array.from({ length: ALONE }, (_, round) => () => useServer('server-0.test', round)));
    const alone = await scrape();

    const [plexus] = deployment.services;
    await plexus?.stop();
    await plexus?.configure({ servers: serversOf(names), metrics: { hosted_servers: ['server-7.test'] } });
    await plexus?.start();
    await inLanes(names.map((name, index) => () => (index % 5 === 2 ? useServer(name, ALONE) : visitServer(name))));
    const many = await scrape();

    const optedIn = [...many].filter((series) => series.includes('hosted_server="server-7.test"'));
    expect(optedIn.length).toBeGreaterThanOrEqual(2);
    const more = [...many].filter((series) => !alone.has(series) && !optedIn.includes(series));
    expect(more).toEqual([]);
    expect(many.size - optedIn.length).toBeLessThanOrEqual(alone.size);
  },
);

it('names no user, room, event or server in a label', async () => {
  const labels = [...(await scrape())].flatMap((series) => [...series.matchAll(/(\w+)="([^"]*)"/g)]);
  const open = labels.filter(([, name = '', value = '']) => {
    return (
      !OPEN_LABELS.has(name) && name !== 'hosted_server' && name !== 'servlet' && /[@!$#]|\.test|localhost/.test(value)
    );
  });
  expect(open.map(([label]) => label)).toEqual([]);
});

async function visitServer(name: string): Promise<void> {
  const http = new MatrixHttp(deployment, { host: name });
  await (await http.register(`bob-${ALONE}`)).sync();
  http.close();
}

/** What people do on a server: each of them does all of it, so that no series is new because something was done for the first time. */
async function useServer(name: string, round: number): Promise<void> {
  const http = new MatrixHttp(deployment, { host: name });
  const ann = await http.register(`ann-${round}`);
  const roomId = await ann.createRoom({ preset: 'public_chat' });
  await ann.send(roomId, 'hello');
  const { next_batch: since } = await ann.sync();
  await ann.send(roomId, 'again');
  await ann.sync({ since: String(since), timeout: 1_000 });
  await ann.sync({ since: String(since) });
  http.close();
}

async function inLanes(uses: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...uses];
  const lane = async (): Promise<void> => {
    for (let use = waiting.pop(); use !== undefined; use = waiting.pop()) await use();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Names and labels of all series; which handles are open just now, and how it collected garbage, is Node's. */
async function scrape(): Promise<Set<string>> {
  await expect.poll(readSeries).toContain('plexus_stored_queue_items{queue="dead-letters",server_name="plexus"}');
  return new Set((await readSeries()).filter((one) => !/^nodejs_(active_|gc_)/.test(one)));
}

async function readSeries(): Promise<string[]> {
  const [plexus] = deployment.services;
  const text = await (await fetch(`${plexus?.operationUrl}/metrics`)).text();
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return series.map((line) => line.slice(0, line.lastIndexOf(' ')));
}

function settingsFor(servers: readonly string[]): Record<string, unknown> {
  return { ...laboratorySettings, servers: serversOf(servers) };
}

function serversOf(servers: readonly string[]): object[] {
  return servers.map((name) => ({ server_name: name, registration: { enabled: true } }));
}
