import type { OutboundAnswer, OutboundRequest } from '@plexus/remote-servers';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildAppservice } from '../../test-support/build-appservice.ts';
import { AppserviceHttp } from './appservice-http.ts';
import { AppserviceTransactions } from './appservice-transactions.ts';

const IRC = buildAppservice({ id: 'irc', settings: { url: 'http://bridge.example:1/base' } });

let now: number;
let asked: OutboundRequest[];
let answers: Map<string, OutboundAnswer>;
const clock = { now: () => now };

beforeEach(() => {
  now = 1_000;
  asked = [];
  answers = new Map();
});

function open(hasLegacyToken = false): AppserviceHttp {
  const http = {
    async send(request: OutboundRequest): Promise<OutboundAnswer> {
      asked.push(request);
      return answers.get(request.target) ?? answered(200, {});
    },
  };
  return new AppserviceHttp({ http, clock, hasLegacyToken });
}

function answered(status: number, body: unknown): OutboundAnswer {
  return { outcome: 'answered', status, headers: {}, bytes: Buffer.from(JSON.stringify(body)) };
}

const targets = (): string[] => asked.map(({ target }) => target);
const SEND = { transactionId: 't/1', body: Buffer.from('{"events":[]}') };

describe('what is sent', () => {
  it('goes below the path of the URL, with the token in the header alone', async () => {
    const sender = new AppserviceTransactions(open(), 60_000);
    expect(await sender.send(IRC, SEND)).toEqual({ outcome: 'taken' });
    expect(asked[0]).toMatchObject({
      endpoint: { host: 'bridge.example', port: 1, isPlain: true },
      method: 'PUT',
      target: '/base/_matrix/app/v1/transactions/t%2F1',
      headers: { authorization: `Bearer ${IRC.hsToken}`, 'content-type': 'application/json' },
      body: SEND.body,
      timeoutMs: 60_000,
    });
  });

  it('has the token in the query too, where that is asked for', async () => {
    await open(true).ask(IRC, { method: 'GET', target: '/x?y=1', timeoutMs: 1 });
    await open(true).ask(IRC, { method: 'GET', target: '/x', timeoutMs: 1 });
    expect(targets()).toEqual([`/base/x?y=1&access_token=${IRC.hsToken}`, `/base/x?access_token=${IRC.hsToken}`]);
  });

  it('goes nowhere without a URL', async () => {
    const nowhere = buildAppservice({ id: 'mute' });
    expect(await open().ask(nowhere, { method: 'GET', target: '/x', timeoutMs: 1 })).toEqual({ outcome: 'no-url' });
    expect(asked).toEqual([]);
  });

  it.each([
    [answered(500, {}), '5xx'],
    [answered(403, {}), '4xx'],
    [answered(301, {}), '3xx'],
    [{ outcome: 'unreachable', reason: 'timeout', because: 'late' } as const, 'timeout'],
  ])('fails with a word of a closed set', async (answer, because) => {
    answers.set('/base/_matrix/app/v1/transactions/t%2F1', answer);
    expect(await new AppserviceTransactions(open(), 1).send(IRC, SEND)).toEqual({ outcome: 'failed', because });
  });
});

describe('legacy routes', () => {
  const NEW = '/base/_matrix/app/v1/transactions/t%2F1';
  const OLD = '/base/transactions/t%2F1';
  const request = { method: 'PUT', target: NEW.slice(5), legacyTarget: OLD.slice(5), timeoutMs: 1 } as const;

  it('are tried where the newer one is unknown, and first for a while', async () => {
    answers.set(NEW, answered(404, { errcode: 'M_UNRECOGNIZED' }));
    const http = open();
    expect(await http.ask(IRC, request)).toMatchObject({ status: 200 });
    await http.ask(IRC, request);
    expect(targets()).toEqual([NEW, OLD, OLD]);
    now += 11 * 60_000;
    await http.ask(IRC, request);
    expect(targets().slice(3)).toEqual([NEW, OLD]);
  });

  it('are not asked whether there is what the newer one says there is not', async () => {
    answers.set(NEW, answered(404, { errcode: 'M_NOT_FOUND' }));
    expect(await open().ask(IRC, request)).toMatchObject({ status: 404 });
    expect(targets()).toEqual([NEW]);
  });

  it('have the word only where they are known', async () => {
    answers.set(NEW, answered(405, 'nothing here'));
    answers.set(OLD, answered(501, {}));
    expect(await open().ask(IRC, request)).toMatchObject({ status: 405 });
  });
});
