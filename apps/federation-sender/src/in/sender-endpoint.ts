import type { KeyFetcher, RemoteBytes, VerifyKey } from '@plexus/remote-servers';
import type {
  BackfillAnswer,
  BackfillRequest,
  FetchKeysAnswer,
  FetchKeysRequest,
  RemoteInviteRequest,
  RemoteMembershipRequest,
  RemoteRoomAnswer,
  ReportRequest,
  SenderCall,
  SenderHandler,
  ServerKey,
  SignedRequest,
  SignedRequestAnswer,
} from '@plexus/rpc';
import type { PutReport } from '../requests/put-report.ts';
import type { EncodedRequest, SendSignedRequest } from '../requests/send-signed-request.ts';
import type { RemoteRoomsEndpoint } from './remote-rooms-endpoint.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;

export interface SenderServices {
  readonly requests: Pick<SendSignedRequest, 'send'>;
  readonly keys: KeyFetcher;
  readonly rooms: RemoteRoomsEndpoint;
  readonly reports: Pick<PutReport, 'execute'>;
}

/** What other services ask of this one. */
export class SenderEndpoint implements SenderHandler {
  readonly #requests: Pick<SendSignedRequest, 'send'>;
  readonly #keys: KeyFetcher;
  readonly #rooms: RemoteRoomsEndpoint;
  readonly #reports: Pick<PutReport, 'execute'>;

  constructor({ requests, keys, rooms, reports }: SenderServices) {
    this.#requests = requests;
    this.#keys = keys;
    this.#rooms = rooms;
    this.#reports = reports;
  }

  async postReport({ url, body, timeoutMs }: ReportRequest): Promise<SignedRequestAnswer> {
    return { result: resultOf(await this.#reports.execute({ url, body, timeoutMs })) };
  }

  changeRemoteMembership(request: RemoteMembershipRequest): Promise<RemoteRoomAnswer> {
    return this.#rooms.changeRemoteMembership(request);
  }

  inviteRemoteUser(request: RemoteInviteRequest): Promise<RemoteRoomAnswer> {
    return this.#rooms.inviteRemoteUser(request);
  }

  backfillRoom(request: BackfillRequest): Promise<BackfillAnswer> {
    return this.#rooms.backfillRoom(request);
  }

  async request(request: SignedRequest, _call: SenderCall): Promise<SignedRequestAnswer> {
    return { result: resultOf(await this.#requests.send(encodedRequestOf(request))) };
  }

  async fetchKeys({ serverName, keyIds, validAt }: FetchKeysRequest, _call: SenderCall): Promise<FetchKeysAnswer> {
    const keys = await this.#keys.fetchKeys(serverName, keyIds, validAt === undefined ? {} : { validAt });
    return { keys: keys.map(serverKeyOf) };
  }
}

function encodedRequestOf({ method: written, body, ...request }: SignedRequest): EncodedRequest {
  const method = METHODS.find((one) => one === written);
  if (method === undefined) throw new TypeError(`${written} is no method of the Server-Server API`);
  return { ...request, method, ...(body && { body }) };
}

function resultOf(answer: RemoteBytes): SignedRequestAnswer['result'] {
  if (answer.outcome === 'unreachable') {
    const { reason, because } = answer;
    return { $case: 'unanswered', value: { reason, because } };
  }
  const { status, bytes } = answer;
  const body = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { $case: 'answered', value: { status, body } };
}

function serverKeyOf({ keyId, publicKey, validUntil, expiredAt, learnedFrom }: VerifyKey): ServerKey {
  return { keyId, publicKey, validUntil, expiredAt, learnedFrom };
}
