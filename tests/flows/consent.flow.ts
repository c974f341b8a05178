import { mkdirSync } from 'node:fs';
import type { MatrixClient as SdkClient } from 'matrix-js-sdk';
import { createClient, MatrixError } from 'matrix-js-sdk';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import type { ReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import { openChromium } from '../support/browser/open-chromium.ts';
import type { MatrixClient, Reply } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { SILENT } from './support/crypto-person.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const ADMIN = '/_plexus/admin/v1';
const V3 = '/_matrix/client/v3';
const SCREENSHOTS = new URL('../../test-output/consent/', import.meta.url).pathname;
const WIDTHS = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };
const TEXT = `# What we keep

We keep your **messages** for as long as your rooms want them, and your *address* for a month.

- Nobody else reads them.
- You may take them with you: [how](https://help.example/).

| What | How long |
| ---- | -------- |
| Messages | as the room says |
| Addresses of requests | 28 days |
`;
const DOCUMENTS = [
  { language: 'en', format: 'markdown', source: TEXT },
  { language: 'de', format: 'markdown', source: TEXT.replace('What we keep', 'Was wir behalten') },
];

let browser: Browser;
beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await openChromium({ localHosts: ['*.consent.test'] });
});
afterAll(() => browser.close());

inBothModes('consent', (deploy) => {
  const serverName = `${uniqueName('s')}.consent.test`;
  const policy = `${ADMIN}/policies/${serverName}/privacy_policy`;
  let deployment: Deployment;
  let proxy: ReverseProxy;
  let root: MatrixClient;
  let alice: MatrixClient;
  let room: string;

  beforeAll(async () => {
    deployment = await deploy();
    proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(deployment) });
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    const http = new MatrixHttp(deployment);
    root = await http.login(`@${name}:one.test`);
    const settings = {
      registration: { enabled: true },
      public_baseurl: `http://${serverName}:${new URL(proxy.url).port}`,
    };
    const added = await root.call('POST', `${ADMIN}/servers`, { server_name: serverName, settings });
    requireStatus(added, 201);
    alice = await registerSoon(new MatrixHttp(deployment, { host: serverName }));
    room = await alice.createRoom();
    await root.ask('PUT', policy, { title: 'What we keep', block_error: 'Please read %(consent_uri)s' });
    requireStatus(await root.call('POST', `${policy}/versions`, { version: '1.0', documents: DOCUMENTS }), 201);
    return () => proxy.close();
  });

  /** Every replica knows a new server within a second. */
  async function registerSoon(http: MatrixHttp): Promise<MatrixClient> {
    const path = `${V3}/register/available?username=free`;
    for (const replica of [0, 1]) {
      const one = new MatrixHttp(deployment.routesTo(replica), { host: serverName });
      await waitUntil(
        `replica ${replica} knows ${serverName}`,
        5_000,
        async () => (await one.call('GET', path)).status === 200,
      );
    }
    return http.register('alice');
  }

  function sendAt(replica: number, transactionId: string): Promise<Reply> {
    const http = new MatrixHttp(deployment.routesTo(replica));
    const { accessToken } = alice.session;
    return http.call('PUT', alice.sendPath(room, transactionId), {
      body: { msgtype: 'm.text', body: 'x' },
      accessToken,
    });
  }

  async function blocked(version: string): Promise<string> {
    await root.ask('PUT', `${policy}/versions/${version}`, { block_at: 5 });
    const links: string[] = [];
    for (const replica of [0, 1]) {
      const refused = async (): Promise<string> => {
        const { status, body } = await sendAt(
          replica,
          `refused-${version}-${replica}-${links.length}-${Math.random()}`,
        );
        if (status !== 403) return `${status}`;
        links.push(textOf(body, 'consent_uri'));
        return textOf(body, 'errcode');
      };
      await expect.poll(refused, { timeout: 5_000, interval: 50 }).toBe('M_CONSENT_NOT_GIVEN');
    }
    expect(new Set(links).size).toBe(1);
    return links[0] ?? '';
  }

  async function keep(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: `${SCREENSHOTS}${deployment.mode}-${name}.png`, fullPage: true });
  }

  it('is asked on every replica, given on a page without scripts, and counts on every replica at once', async () => {
    const sdk = sdkOf(alice);
    await sdk.sendTextMessage(room, 'before');
    const link = await blocked('1.0');
    const refused: unknown = await sdk.sendTextMessage(room, 'refused').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MatrixError);
    expect(refused).toMatchObject({ errcode: 'M_CONSENT_NOT_GIVEN', data: { consent_uri: link } });

    const page = await openPage(link, 'phone');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual(['What we keep']);
    const text = await page.getByRole('article').boundingBox();
    expect((text?.x ?? 0) + (text?.width ?? 0)).toBeLessThanOrEqual(WIDTHS.phone.width);
    await keep(page, 'phone-policy');
    await page.getByRole('button', { name: 'I agree' }).click();
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    const answers = await Promise.all([0, 1].map((replica) => sendAt(replica, `accepted-${replica}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await keep(page, 'phone-success');
    await sdk.sendTextMessage(room, 'after');
    const again = await openPage(link, 'desktop');
    expect(await again.getByText('You agreed to this on').count()).toBe(1);
    await keep(again, 'desktop-agreed');
    sdk.stopClient();
  });

  it('is asked for again with the next version, in the language of who reads', async () => {
    const next = { version: '2.0', documents: DOCUMENTS };
    expect((await root.call('POST', `${policy}/versions`, next)).status).toBe(201);
    const page = await openPage(await blocked('2.0'), 'desktop', 'de-DE');
    expect(await page.getByRole('article').getAttribute('lang')).toBe('de');
    await page.getByRole('link', { name: 'English' }).click();
    expect(await page.getByRole('article').getAttribute('lang')).toBe('en');
    await keep(page, 'desktop-policy');
    await page.getByRole('button', { name: 'I agree' }).click();
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    const answers = await Promise.all([0, 1].map((replica) => sendAt(replica, `second-${replica}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await keep(page, 'desktop-success');
  });

  function sdkOf({ session }: MatrixClient): SdkClient {
    const { userId, deviceId, accessToken } = session;
    return createClient({ baseUrl: proxy.url, logger: SILENT, userId, deviceId, accessToken });
  }
});

async function openPage(link: string, device: keyof typeof WIDTHS, locale = 'en-GB'): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDTHS[device], javaScriptEnabled: false, locale });
  const page = await context.newPage();
  const response = await page.goto(link);
  if (response?.status() !== 200) throw new Error(`${link}: ${response?.status()}`);
  return page;
}

function requireStatus({ status, body }: Reply, wanted: number): void {
  if (status !== wanted) throw new Error(`${status} ${JSON.stringify(body)}`);
}
