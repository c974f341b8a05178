import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkServerKeys } from '@plexus/matrix-api';
import { SigningKey, verifyJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { RemoteHomeserver } from '@plexus/testing';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes } from './support/in-both-modes.ts';

const KEYS = '/_matrix/key/v2';
const PROFILE = '/_matrix/federation/v1/query/profile?user_id=%40nobody%3Aone.test';

inBothModes('servers that know each other by their keys', (deploy) => {
  let deployment: Deployment;
  let http: MatrixHttp;
  const started: RemoteHomeserver[] = [];

  beforeAll(async () => {
    deployment = await deploy();
    http = new MatrixHttp(deployment);
  });
  afterAll(() => Promise.all(started.map((remote) => remote.stop())));

  async function startRemote(): Promise<RemoteHomeserver> {
    const remote = await RemoteHomeserver.start();
    started.push(remote);
    return remote;
  }

  /** The status of an answer to a signed question about somebody who is not there: 404 where the signature was believed. */
  async function ask(remote: RemoteHomeserver, key?: SigningKey): Promise<number> {
    const baseUrl = deployment.baseUrlFor(PROFILE);
    const sent = { baseUrl, destination: 'one.test', method: 'GET', target: PROFILE };
    return (await remote.send({ ...sent, ...(key && { key }) })).status;
  }

  it('publishes the keys of each hosted server under its own name', async () => {
    const { status, body } = await http.call('GET', `${KEYS}/server`);
    expect(status).toBe(200);
    const checked = checkServerKeys(body as JsonObject, 'one.test', Date.now());
    expect(checked).toMatchObject({ outcome: 'ok' });
    expect(checked.outcome === 'ok' && checked.validUntil).toBeGreaterThan(Date.now() + 3_600_000);
    const other = await http.call('GET', `${KEYS}/server`, { headers: { host: 'localhost' } });
    expect(other.body).toMatchObject({ server_name: 'two.test' });
  });

  it('believes who signs with a key that is published, and nobody else', async () => {
    const remote = await startRemote();
    expect(await ask(remote)).toBe(404);
    expect(await ask(remote)).toBe(404);
    expect(remote.requests.filter(({ target }) => target === `${KEYS}/server`)).toHaveLength(1);
    expect(await ask(remote, new SigningKey(remote.key.keyId, Buffer.alloc(32, 77)))).toBe(401);
  });

  it('gets to know a new key when it meets it', async () => {
    const remote = await startRemote();
    expect(await ask(remote)).toBe(404);
    remote.rotateKey();
    expect(await ask(remote)).toBe(404);
  });

  it('hands on the keys of others as a notary, signed by them and by itself', async () => {
    const remote = await startRemote();
    const body = { server_keys: { [remote.name]: {}, 'two.test': {}, 'not a name': {} } };
    const { status, body: answer } = await http.call('POST', `${KEYS}/query`, { body });
    expect(status).toBe(200);
    const documents = (answer['server_keys'] ?? []) as JsonObject[];
    expect(documents.map((document) => document['server_name'])).toEqual([remote.name, 'two.test']);
    const own = (await http.call('GET', `${KEYS}/server`)).body as JsonObject;
    const ownKeys = checkServerKeys(own, 'one.test', Date.now());
    for (const document of documents) {
      expect(checkServerKeys(document, String(document['server_name']), Date.now()).outcome).toBe('ok');
      const findKey = (_: string, keyId: string) =>
        ownKeys.outcome === 'ok' ? ownKeys.keys.find((key) => key.keyId === keyId)?.publicKey : undefined;
      expect(verifyJson(document, 'one.test', findKey).outcome).toBe('ok');
    }
    await remote.stop();
    const stored = await http.call('GET', `${KEYS}/query/${encodeURIComponent(remote.name)}`);
    expect(stored.body['server_keys']).toMatchObject([{ server_name: remote.name }]);
  });

  it('asks through another federation-sender where one has died', async () => {
    const [sender] = deployment.mode === 'embedded' ? [] : deployment.processesOf('federation-sender');
    await sender?.kill();
    for (let count = 0; count < 4; count += 1) expect(await ask(await startRemote())).toBe(404);
    await sender?.start();
  });
});
