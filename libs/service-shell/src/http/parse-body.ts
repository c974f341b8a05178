import type { FastifyRequest } from 'fastify';
import { MatrixError, parseJson } from '@plexus/matrix-base';
import type { JsonFault } from '@plexus/matrix-base';
import { listenerRequest } from './listener.ts';
import { parseForm } from './parse-form.ts';
import { readBody } from './read-body.ts';

const sentences: Readonly<Record<JsonFault, string>> = {
  'json.utf8': 'The request body is not UTF-8',
  'json.syntax': 'The request body is not JSON',
  'json.number': 'The request body has a number that JSON does not allow',
  'json.surrogate': 'The request body has a string with half of a surrogate pair',
  'json.depth': 'The request body is nested too deeply',
};

/**
 * Parses the body of a request, by what its route takes and whatever its `Content-Type` says. No body at all is `undefined`. Keys such as `__proto__` stay plain
 * members of their objects, as `JSON.parse` makes them: events may have any key. Who copies members must define them, not assign them.
 */
export async function parseBody(request: FastifyRequest): Promise<unknown> {
  const { body, maxBodyBytes: leastLimit = 0 } = request.routeOptions.config;
  if (body === 'stream') return request.raw;
  const bytes = await readBody(request.raw, Math.max(listenerRequest(request.raw).listener.maxBodyBytes, leastLimit));
  if (bytes.length === 0) return undefined;
  if (body === 'form') return parseForm(bytes);
  request.rawBody = bytes;
  const parsed = parseJson(bytes);
  if (parsed.outcome === 'reject') {
    const isText = parsed.rule === 'json.utf8' || parsed.rule === 'json.syntax';
    throw new MatrixError(isText ? 'M_NOT_JSON' : 'M_BAD_JSON', 400, sentences[parsed.rule]);
  }
  request.exactBody = parsed.value;
  return parsed.hasExactNumbers ? JSON.parse(bytes.toString('utf8')) : parsed.value;
}
