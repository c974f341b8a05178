import type { ServerResponse } from 'node:http';
import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';

/** What a server does that behaves badly. */
export type Misbehaviour =
  /** The request is never answered. */
  | 'silence'
  /** The connection ends without an answer. */
  | 'reset'
  /** It ends in the middle of one. */
  | 'truncated'
  /** The answer goes on for as long as it is read. */
  | 'endless'
  /** It comes drop by drop, and has no end. */
  | 'trickle';

export type ScriptedAnswer =
  | { readonly status: number; readonly body: JsonValue; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly text: string }
  | Misbehaviour;

export const UNRECOGNIZED: ScriptedAnswer = {
  status: 404,
  body: { errcode: 'M_UNRECOGNIZED', error: 'nothing is scripted for this' },
};

const DROP_EVERY_MS = 50;
const HALF = '{"half":';

/** Answers as the script says. */
export function giveAnswer(response: ServerResponse, answer: ScriptedAnswer): void {
  if (typeof answer === 'string') return MISBEHAVIOURS[answer](response);
  const headers = 'headers' in answer ? answer.headers : {};
  response.writeHead(answer.status, { 'content-type': 'application/json', ...headers });
  response.end(textOf(answer));
}

export function textOf(answer: Exclude<ScriptedAnswer, Misbehaviour>): string {
  return 'text' in answer ? answer.text : encodeCanonicalJson(answer.body, 'any');
}

const MISBEHAVIOURS: Readonly<Record<Misbehaviour, (response: ServerResponse) => void>> = {
  silence: () => undefined,
  reset: (response) => void response.socket?.destroy(),
  truncated(response) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write(HALF, () => response.socket?.destroy());
  },
  endless(response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    const spaces = Buffer.alloc(65_536, ' ');
    const more = (): void => {
      while (!response.destroyed && response.write(spaces));
    };
    response.on('drain', more);
    more();
  },
  trickle(response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), DROP_EVERY_MS);
    response.on('close', () => clearInterval(timer));
  },
};
