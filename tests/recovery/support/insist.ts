import { setTimeout as delay } from 'node:timers/promises';
import type { Json, MatrixHttp } from '../../support/matrix-client.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  readonly accessToken?: string;
}

export interface Insistence {
  readonly http: MatrixHttp;
  /** How long one attempt may be silent. */
  readonly attemptMs: number;
  /** Ends the attempts; then the request stays without an answer. */
  readonly signal: AbortSignal;
}

export type Insisted =
  | { readonly outcome: 'answered'; readonly body: Json }
  | {
      readonly outcome: 'refused';
      readonly status: number;
      readonly body: Json;
      /** An earlier attempt may have had its effect. */
      readonly isRepeated: boolean;
    }
  | { readonly outcome: 'unanswered'; readonly because: string };

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/** Repeats a request as a client does that does not lose patience: until something other than a failure is answered. */
export async function insist(request: Request, { http, attemptMs, signal }: Insistence): Promise<Insisted> {
  const { method, path, ...options } = request;
  let because: string | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const { status, body } = await http.call(method, path, { ...options, timeoutMs: attemptMs });
      if (status === 200) return { outcome: 'answered', body };
      if (status < 500 && status !== 429)
        return { outcome: 'refused', status, body, isRepeated: because !== undefined };
      because = `${status} ${JSON.stringify(body)}`;
    } catch (error) {
      because = String(error);
    }
    await delay(pauseMs);
  }
  return { outcome: 'unanswered', because: because ?? 'never asked' };
}
