import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { RemoteAnswer, RemoteBytes } from './remote-servers.ts';

/** Parses what was answered: with a status of success it has to be a JSON object, of an error it may be anything. */
export function parseAnswer(answer: RemoteBytes): RemoteAnswer {
  if (answer.outcome === 'unreachable') return answer;
  const { status, bytes } = answer;
  const parsed = parseJson(bytes);
  if (parsed.outcome === 'ok' && isJsonObject(parsed.value)) return { outcome: 'answered', status, body: parsed.value };
  if (status < 200 || status >= 300) return { outcome: 'answered', status, body: {} };
  const because = parsed.outcome === 'ok' ? 'the answer is not a JSON object' : parsed.because;
  return { outcome: 'unreachable', reason: 'not-json', because };
}
