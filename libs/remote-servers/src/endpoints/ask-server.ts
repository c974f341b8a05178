import type { Shape } from '@plexus/matrix-api';
import { findNumber, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { parseAnswer } from '../parse-answer.ts';
import type { RemoteRequest, RemoteServers, Unreachable } from '../remote-servers.ts';

/** Who asks, and who is asked. */
export interface ServerPair {
  /** A hosted server. */
  readonly origin: string;
  readonly destination: string;
}

/** The other server answered with an error. */
export interface Refusal {
  readonly outcome: 'refused';
  readonly status: number;
  /** As the other server wrote it; `M_UNKNOWN` where it wrote none. */
  readonly errcode: string;
  readonly error: string;
  /** Of `M_INCOMPATIBLE_ROOM_VERSION`: the room's. */
  readonly roomVersion: string | undefined;
  /** Of `M_LIMIT_EXCEEDED`. */
  readonly retryAfterMs: number | undefined;
}

/** The other server answered with success, but not what the specification says. */
export interface Malformed {
  readonly outcome: 'malformed';
  readonly because: string;
}

/** Why there is no usable answer. */
export type NoAnswer = Refusal | Malformed | Unreachable;

export type ServerAnswer<T> = { readonly outcome: 'ok'; readonly value: T } | NoAnswer;

/** What an endpoint adds to who asks whom. */
export type Question = Omit<RemoteRequest, 'origin' | 'destination' | 'timeoutMs'> & { readonly timeoutMs?: number };

const TIMEOUT_MS = 30_000;

/** How far the status reaches that comes before an answer. */
const MAX_STATUS_BYTES = 64;

/** Asks another server, and reads the answer by its shape. Throws `RemoteServerError` where our own side is broken. */
export async function askServer<T>(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { question, shape }: { readonly question: Question; readonly shape: Shape<T> },
): Promise<ServerAnswer<T>> {
  const answer = await servers.request({ timeoutMs: TIMEOUT_MS, ...question, ...pair });
  if (answer.outcome === 'unreachable') return answer;
  if (answer.status < 200 || answer.status >= 300) return refusalOf(answer.status, answer.body);
  const checked = shape.check(answer.body);
  if (checked.outcome === 'ok') return checked;
  return { outcome: 'malformed', because: checked.because };
}

/** As `askServer`, with the text of an answer of success: one that is so large that it is read elsewhere. */
export async function askServerForBytes(
  servers: Pick<RemoteServers, 'requestBytes'>,
  pair: ServerPair,
  question: Question,
): Promise<ServerAnswer<Uint8Array>> {
  const answer = await servers.requestBytes({ timeoutMs: TIMEOUT_MS, ...question, ...pair });
  if (answer.outcome === 'unreachable') return answer;
  if (answer.status >= 200 && answer.status < 300) return { outcome: 'ok', value: answer.bytes };
  const refused = parseAnswer(answer);
  return refused.outcome === 'unreachable' ? refused : refusalOf(refused.status, refused.body);
}

/** As `askServer`, of the first version of an endpoint that puts the status before its answer: `[200, {…}]`. */
export async function askServerV1<T>(
  servers: Pick<RemoteServers, 'requestBytes'>,
  pair: ServerPair,
  { question, shape }: { readonly question: Question; readonly shape: Shape<T> },
): Promise<ServerAnswer<T>> {
  const answer = await askServerForBytesV1(servers, pair, question);
  if (answer.outcome !== 'ok') return answer;
  const parsed = parseJson(answer.value);
  const checked = shape.check(parsed.outcome === 'ok' ? parsed.value : undefined);
  return checked.outcome === 'ok' ? checked : { outcome: 'malformed', because: checked.because };
}

/** As `askServerV1`, with the text of what follows the status. */
export async function askServerForBytesV1(
  servers: Pick<RemoteServers, 'requestBytes'>,
  pair: ServerPair,
  question: Question,
): Promise<ServerAnswer<Uint8Array>> {
  const answer = await askServerForBytes(servers, pair, question);
  if (answer.outcome !== 'ok') return answer;
  const value = withoutStatus(answer.value);
  if (value !== undefined) return { outcome: 'ok', value };
  return { outcome: 'malformed', because: 'the answer does not begin with its status' };
}

/** @NOTE The text is not parsed here: a room's whole state may be in it. */
function withoutStatus(bytes: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = /^\s*\[\s*200\s*,/u.exec(text.toString('latin1', 0, MAX_STATUS_BYTES));
  const end = text.lastIndexOf(']');
  return begin === null || end < begin[0].length ? undefined : text.subarray(begin[0].length, end);
}

const MAX_ERROR_CHARACTERS = 500;

function refusalOf(status: number, body: JsonObject): Refusal {
  const { errcode, error, room_version: roomVersion, retry_after_ms: retryAfterMs } = body;
  return {
    outcome: 'refused',
    status,
    errcode: typeof errcode === 'string' ? errcode : 'M_UNKNOWN',
    error: typeof error === 'string' ? error.slice(0, MAX_ERROR_CHARACTERS) : `The server answered ${status}`,
    roomVersion: typeof roomVersion === 'string' ? roomVersion : undefined,
    retryAfterMs: findNumber(retryAfterMs),
  };
}

/**
 * Whether an answer says that the endpoint is not there at all (https://spec.matrix.org/v1.19/server-server-api/#unsupported-endpoints). Servers from before
 * that was specified say it with 400.
 */
export function isUnsupported(answer: ServerAnswer<unknown>): boolean {
  if (answer.outcome !== 'refused') return false;
  return [400, 404, 405].includes(answer.status) && answer.errcode === 'M_UNRECOGNIZED';
}
