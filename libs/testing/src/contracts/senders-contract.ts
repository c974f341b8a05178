import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RpcError, UnsentError } from '@plexus/rpc';
import type { FetchKeysRequest, SenderChannels, SenderHandler, SignedRequest } from '@plexus/rpc';

/** An adapter under test: one federation-sender's side and the channels that lead to it. */
export interface SendersHarness {
  readonly channels: SenderChannels;
  readonly address: string;
  /** Takes the sender away, as a crash would. */
  stopSender(): Promise<void>;
  close(): Promise<void>;
}

const CALL = { deadlineMs: 5_000 };
const REQUEST: SignedRequest = {
  origin: 'one.example',
  destination: 'far.example',
  method: 'PUT',
  target: '/_matrix/x?y=%22',
  body: Buffer.from('{"a":"ü\\u0000"}'),
  timeoutMs: 10,
  maxBytes: 20,
  traceparent: '',
};

/** What every adapter of the port to federation-senders does. */
export function sendersContract(adapter: string, open: (handler: SenderHandler) => Promise<SendersHarness>): void {
  describe(`SendersContract: ${adapter}`, () => {
    const sender = new ScriptedSender();
    let harness: SendersHarness;
    const channel = (): SenderHandler => harness.channels.channelTo(harness.address);

    beforeEach(async () => {
      harness = await open(sender);
    });
    afterEach(() => harness.close());

    it('carries requests and answers unchanged, with a body and without', async () => {
      const body = Buffer.from([123, 0, 255]);
      sender.request = async () => ({ result: { $case: 'answered', value: { status: 418, body } } });
      const answer = await channel().request(REQUEST, CALL);
      expect(answer.result).toMatchObject({ $case: 'answered', value: { status: 418 } });
      expect(answer.result?.$case === 'answered' && Buffer.compare(answer.result.value.body, body)).toBe(0);
      expect(sender.requests.at(-1)).toEqual(REQUEST);
      const { body: _body, ...without } = REQUEST;
      await channel().request(without, CALL);
      expect(sender.requests.at(-1)?.body).toBeUndefined();
      expect(sender.requests.at(-1)?.method).toBe('PUT');
    });

    it('carries keys with their times, absent ones and those beyond 32 bits', async () => {
      const key = { keyId: 'ed25519:a', publicKey: 'A', validUntil: 1_700_000_000_000, expiredAt: undefined };
      const expired = { ...key, keyId: 'ed25519:b', expiredAt: 1_600_000_000_000 };
      sender.fetchKeys = async () => ({ keys: [key, expired] });
      const asked: FetchKeysRequest = { serverName: 'far.example', keyIds: ['ed25519:a'], validAt: 1_700_000_000_000 };
      expect(await channel().fetchKeys(asked, CALL)).toEqual({ keys: [key, expired] });
      expect(sender.fetches.at(-1)).toEqual(asked);
    });

    it('carries what is asked of rooms elsewhere, and what becomes of it', async () => {
      const room = { roomId: '!r:far.example', content: Buffer.from('{"reason":"ü"}') };
      const membership = {
        ...room,
        userId: '@a:one.example',
        membership: 'join',
        servers: ['far.example', 'b.example'],
      };
      const refused = { errcode: 'M_FORBIDDEN', httpStatus: 403, error: 'No', roomVersion: '' };
      sender.changeRemoteMembership = async (request) => {
        expect(request).toEqual(membership);
        return { result: { $case: 'refused', value: refused } };
      };
      const answer = await channel().changeRemoteMembership(membership, CALL);
      expect(answer).toEqual({ result: { $case: 'refused', value: refused } });
      const invite = { ...room, sender: '@a:one.example', targetUserId: '@b:far.example' };
      expect(await channel().inviteRemoteUser(invite, CALL)).toEqual({ result: undefined });
      const query = { roomId: '!r:far.example', origin: 'one.example', upTo: Number.MAX_SAFE_INTEGER, limit: 5 };
      sender.backfillRoom = async (request) => ({ stored: request.upTo === query.upTo ? request.limit : 0 });
      expect(await channel().backfillRoom(query, CALL)).toEqual({ stored: 5 });
    });

    it('carries reports', async () => {
      const report = { url: 'https://far.example/push', body: Buffer.from('{"users":1}'), timeoutMs: 10 };
      sender.postReport = async (request) => {
        expect(request).toEqual(report);
        return { result: { $case: 'answered', value: { status: 204, body: Buffer.alloc(0) } } };
      };
      const answer = await channel().postReport(report, CALL);
      expect(answer.result).toMatchObject({ $case: 'answered', value: { status: 204 } });
    });

    it('answers each call by itself, in whatever order', async () => {
      const slow = Promise.withResolvers<void>();
      sender.fetchKeys = async ({ serverName }) => {
        if (serverName === 'slow') await slow.promise;
        return { keys: [] };
      };
      const first = channel().fetchKeys({ serverName: 'slow', keyIds: [] }, CALL);
      await channel().fetchKeys({ serverName: 'quick', keyIds: [] }, CALL);
      slow.resolve();
      expect(await first).toEqual({ keys: [] });
    });

    it('fails with RpcError where the sender fails, or takes too long', async () => {
      sender.fetchKeys = async () => {
        throw new Error('its storage is away');
      };
      await expect(channel().fetchKeys({ serverName: '', keyIds: [] }, CALL)).rejects.toThrow('its storage is away');
      await expect(channel().fetchKeys({ serverName: '', keyIds: [] }, CALL)).rejects.toBeInstanceOf(RpcError);
      sender.fetchKeys = () => new Promise(() => {});
      const late = channel().fetchKeys({ serverName: '', keyIds: [] }, { deadlineMs: 30 });
      await expect(late).rejects.toBeInstanceOf(RpcError);
    });

    it('fails with UnsentError where nobody is there', async () => {
      await harness.stopSender();
      await expect(channel().request(REQUEST, CALL)).rejects.toBeInstanceOf(UnsentError);
    });
  });
}

class ScriptedSender implements SenderHandler {
  readonly requests: SignedRequest[] = [];
  readonly fetches: FetchKeysRequest[] = [];
  changeRemoteMembership: SenderHandler['changeRemoteMembership'] = async () => ({ result: undefined });
  inviteRemoteUser: SenderHandler['inviteRemoteUser'] = async () => ({ result: undefined });
  backfillRoom: SenderHandler['backfillRoom'] = async () => ({ stored: 0 });
  postReport: SenderHandler['postReport'] = async () => ({ result: undefined });
  #request: SenderHandler['request'] = async () => ({ result: undefined });
  #fetchKeys: SenderHandler['fetchKeys'] = async () => ({ keys: [] });

  set request(answer: SenderHandler['request']) {
    this.#request = answer;
  }

  get request(): SenderHandler['request'] {
    return async (request, call) => {
      this.requests.push(request);
      return this.#request(request, call);
    };
  }

  set fetchKeys(answer: SenderHandler['fetchKeys']) {
    this.#fetchKeys = answer;
  }

  get fetchKeys(): SenderHandler['fetchKeys'] {
    return async (request, call) => {
      this.fetches.push(request);
      return this.#fetchKeys(request, call);
    };
  }
}
