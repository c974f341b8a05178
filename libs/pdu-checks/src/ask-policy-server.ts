import { LRUCache } from 'lru-cache';
import type { Clock } from '@plexus/matrix-base';
import { signByPolicy } from '@plexus/remote-servers';
import type { NoAnswer, Refusal, RemoteServers } from '@plexus/remote-servers';
import { addSignatures, findPolicySignature, isSignedByPolicyServer, POLICY_KEY_ID } from '@plexus/room-dag';
import type { PolicyAnswer, PolicyAsker, PolicyQuestion } from './policy-asker.ts';

export interface AskPolicyServerPorts {
  readonly servers: Pick<RemoteServers, 'request'>;
  readonly clock: Clock;
  /** For metrics. */
  asked?(outcome: PolicyAnswer['outcome'] | 'left-alone'): void;
}

/** A user waits, and the room with them. */
const TIMEOUT_MS = 10_000;
/** How long a policy server that gave no answer is not asked again: each question would hold its room up anew. */
const LEFT_ALONE_MS = 15_000;
const MOST_LEFT_ALONE = 10_000;
const LONGEST_WAIT_MS = 2_000;
const TRIES = 2;
/** Nothing comes of asking these again. */
const LASTING = new Set(['server-name', 'not-allowed', 'ip-range']);

/**
 * Asks a room's policy server (https://spec.matrix.org/v1.19/server-server-api/#asking-for-a-policy-server-signature-on-an-event), and believes no
 * signature that does not verify.
 *
 *     asked ──answered──► signed | refused
 *       │  ▲
 *       │  └── too many requests, once, if that is over soon
 *       └──no answer──► left alone for a while ──► asked
 */
export class AskPolicyServer implements PolicyAsker {
  readonly #ports: AskPolicyServerPorts;
  readonly #leftAloneUntil = new LRUCache<string, number>({ max: MOST_LEFT_ALONE });

  constructor(ports: AskPolicyServerPorts) {
    this.#ports = ports;
  }

  async ask(question: PolicyQuestion): Promise<PolicyAnswer> {
    const { serverName } = question.policyServer;
    const { clock, asked } = this.#ports;
    if ((this.#leftAloneUntil.get(serverName) ?? 0) > clock.now()) {
      asked?.('left-alone');
      return { outcome: 'unavailable', isTemporary: true, because: `${serverName} gave no answer lately` };
    }
    const answer = await this.#ask(question, TRIES);
    if (answer.outcome === 'unavailable') this.#leftAloneUntil.set(serverName, clock.now() + LEFT_ALONE_MS);
    else this.#leftAloneUntil.delete(serverName);
    asked?.(answer.outcome);
    return answer;
  }

  async #ask(question: PolicyQuestion, tries: number): Promise<PolicyAnswer> {
    const { origin, policyServer, bytes } = question;
    const pair = { origin, destination: policyServer.serverName };
    const answer = await signByPolicy(this.#ports.servers, pair, { bytes, timeoutMs: TIMEOUT_MS });
    if (answer.outcome === 'ok') return signedBy(question, findPolicySignature(answer.value, policyServer.serverName));
    const waitMs = waitOf(answer);
    if (waitMs === undefined || tries <= 1) return answerOf(answer, policyServer.serverName);
    await this.#ports.clock.delay(waitMs);
    return this.#ask(question, tries - 1);
  }
}

function signedBy({ event, policyServer }: PolicyQuestion, signature: string | undefined): PolicyAnswer {
  const { serverName } = policyServer;
  if (signature !== undefined) {
    const signed = addSignatures(event, { [serverName]: { [POLICY_KEY_ID]: signature } });
    if (isSignedByPolicyServer(signed.event, policyServer)) return { outcome: 'signed', signature };
  }
  return {
    outcome: 'refused',
    errcode: 'M_FORBIDDEN',
    httpStatus: 403,
    error: `The room’s policy server ${serverName} did not sign the event by the key that the room knows`,
    retryAfterMs: undefined,
  };
}

/** How long to wait before it is worth while to ask again; nothing where it is not. */
function waitOf(answer: NoAnswer): number | undefined {
  if (answer.outcome !== 'refused' || answer.status !== 429) return undefined;
  const { retryAfterMs = 500 } = answer;
  return retryAfterMs <= LONGEST_WAIT_MS ? Math.max(0, retryAfterMs) : undefined;
}

function answerOf(answer: NoAnswer, serverName: string): PolicyAnswer {
  if (answer.outcome === 'refused' && answer.status >= 400 && answer.status < 500) return refusedBy(answer, serverName);
  const isTemporary = answer.outcome !== 'unreachable' || !LASTING.has(answer.reason);
  return { outcome: 'unavailable', isTemporary, because: `${serverName}: ${reasonOf(answer)}` };
}

/** @NOTE That the room’s choice is no policy server is said in our words: `M_UNRECOGNIZED` would be about the request of our own client. */
function refusedBy({ status, errcode, error, retryAfterMs }: Refusal, serverName: string): PolicyAnswer {
  if (status === 400 || status === 403 || status === 429) {
    return { outcome: 'refused', errcode, httpStatus: status, error, retryAfterMs };
  }
  const because = `${serverName} does not act as the room’s policy server: ${error}`;
  return { outcome: 'refused', errcode: 'M_FORBIDDEN', httpStatus: 403, error: because, retryAfterMs: undefined };
}

function reasonOf(answer: NoAnswer): string {
  if (answer.outcome === 'refused') return `it answered ${answer.status}`;
  return answer.outcome === 'malformed' ? answer.because : `${answer.reason}, ${answer.because}`;
}
