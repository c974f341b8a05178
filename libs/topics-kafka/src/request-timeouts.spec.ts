import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

interface Pushed {
  readonly entry: {
    readonly correlationId: number;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  };
  readonly expectResponse: boolean;
  readonly requestTimeout?: number;
  readonly sendRequest: () => void;
}

interface Queue {
  push(request: Pushed): void;
  fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
  rejectAll(error: Error): void;
}

/** What the client keeps of each connection's requests: it does not show it. */
const RequestQueue: new (options: object) => Queue = createRequire(import.meta.url)(
  'kafkajs/src/network/requestQueue/index.js',
);
const logger = { debug: () => {}, warn: () => {} };

let queue: Queue;
let failures: string[];

beforeEach(() => {
  vi.useFakeTimers();
  failures = [];
  queue = new RequestQueue({ requestTimeout: 1_000, enforceRequestTimeout: true, clientId: 'c', broker: 'b', logger });
});
afterEach(() => {
  vi.useRealTimers();
});

function ask(correlationId: number, requestTimeout?: number): void {
  const reject = ({ message }: Error): void => void failures.push(`${correlationId} ${message}`);
  queue.push({
    entry: { correlationId, resolve: () => {}, reject },
    expectResponse: true,
    ...(requestTimeout === undefined ? {} : { requestTimeout }),
    sendRequest: () => {},
  });
}

function answer(correlationId: number): void {
  queue.fulfillRequest({ correlationId, payload: Buffer.of(), size: 0 });
}

it('gives up each request when its own time is over', () => {
  ask(1, 5_000);
  vi.advanceTimersByTime(500);
  ask(2);
  ask(3);
  answer(3);
  vi.advanceTimersByTime(999);
  expect(failures).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(failures).toEqual([expect.stringMatching(/^2 .* timed out$/)]);
  vi.advanceTimersByTime(3_498);
  expect(failures).toHaveLength(1);
  vi.advanceTimersByTime(2);
  expect(failures[1]).toMatch(/^1 .* timed out$/);
});

it('has one timer for all that is under way, and none when nothing has been for as long as a request may take', () => {
  expect(vi.getTimerCount()).toBe(0);
  for (const count of [1, 2, 3]) ask(count);
  expect(vi.getTimerCount()).toBe(1);
  for (const count of [1, 2, 3]) answer(count);
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(failures).toEqual([]);
});

it('has nothing to look at after its connection is gone', () => {
  ask(1);
  queue.rejectAll(new Error('gone'));
  expect(failures).toEqual(['1 gone']);
  expect(vi.getTimerCount()).toBe(0);
});
