import { beforeAll, describe, expect, it } from 'vitest';
import { LIMIT_GROUPS, LIMITS } from '../../../libs/service-shell/src/limits/limited-actions.ts';
import type { MatrixClient, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { listRoutes } from '../bad-input/routes.ts';
import { SAMPLES } from '../bad-input/samples.ts';
import { goodTarget } from '../bad-input/spoil.ts';
import type { Values } from '../bad-input/spoil.ts';
import { deploymentAdmin, elsewhere, PLEXUS_ADMIN, SYNAPSE_ADMIN } from '../support/administrators.ts';
import { expectError } from '../support/expect-answer.ts';
import { isRateLimited } from '../support/specification.ts';

const SERVER = 'limited.test';
const ONCE = { per_second: 0.0001, burst_count: 1 };
/** Limited here, though the specification leaves it open. */
const OURS = ['keys/upload', 'keys/query', 'keys/claim', 'sendToDevice', 'account_data', 'filter', 'tags', 'kick'];

const named = Object.keys(LIMITS).map((name) => [name, ONCE]);
/** What all users of a server do together would limit everything. */
const groups = Object.entries(LIMIT_GROUPS).filter(([name]) => name !== 'rc_server');
const grouped = groups.map(([name, members]) => {
  return [name, Object.fromEntries(Object.keys(members).map((member) => [member, ONCE]))];
});

let admin: MatrixClient;
let http: MatrixHttp;
let alice: MatrixClient;
let values: Values;

beforeAll(async () => {
  admin = await deploymentAdmin();
  http = await elsewhere(admin, SERVER);
  alice = await http.register('alice');
  const roomId = await alice.createRoom();
  values = {
    roomId,
    roomIdOrAlias: roomId,
    eventId: await alice.send(roomId, 'hello'),
    userId: alice.userId,
    keyName: 'displayname',
    type: 'm.direct',
    tag: 'u.work',
    kind: 'override',
    ruleId: 'mine',
    receiptType: 'm.read',
    version: '1',
    sessionId: 'session',
    transactionId: 't',
  };
  await limit({ enabled: true, ...Object.fromEntries([...named, ...grouped]) });
});

async function limit(limits: object): Promise<void> {
  const settings = { registration: { enabled: true }, rate_limits: limits };
  await admin.ask('PUT', `${PLEXUS_ADMIN}/servers/${SERVER}/settings`, settings);
}

function changePassword(): Promise<Reply> {
  return http.call('POST', '/_matrix/client/v3/account/password', { body: { new_password: 'new' } });
}

describe('rate limits', () => {
  const limited = listRoutes()
    .map((route) => ({ route, sample: SAMPLES[`${route.method} ${route.pattern}`] ?? {} }))
    .filter(({ route, sample }) => isLimited(route.method, goodTarget(route, sample, {})));

  it('are many', () => {
    expect(limited.length).toBeGreaterThan(55);
  });

  it.each(limited)('hold for $route.method $route.pattern', async ({ route, sample }) => {
    const ask = () => alice.call(route.method, goodTarget(route, sample, values), sample.body);
    await ask();
    const reply = await ask();
    expectError(reply, 429, 'M_LIMIT_EXCEEDED');
    expect(reply.body['retry_after_ms']).toBeGreaterThan(0);
  });

  it('hold for those who are nobody yet, by their address', async () => {
    await changePassword();
    expectError(await changePassword(), 429, 'M_LIMIT_EXCEEDED');
  });

  it('do not hold for a user whom an administrator exempts', async () => {
    const override = { messages_per_second: 0, burst_count: 0 };
    const path = `${SYNAPSE_ADMIN}/users/${encodeURIComponent(alice.userId)}/override_ratelimit`;
    await admin.ask('POST', path, override);
    const whoAmI = () => alice.call('GET', '/_matrix/client/v3/account/whoami');
    await expect.poll(async () => (await whoAmI()).status, { timeout: 10_000 }).toBe(200);
    for (let asked = 0; asked < 5; asked += 1) expect((await whoAmI()).status).toBe(200);
  });
});

function isLimited(method: string, target: string): boolean {
  const isOurs = method !== 'GET' && OURS.some((name) => target.includes(`/${name}`));
  return isOurs || isRateLimited(method, target);
}
