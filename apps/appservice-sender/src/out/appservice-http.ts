import type { Appservice } from '@plexus/appservices';
import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { OutboundAnswer, OutboundHttp } from '@plexus/remote-servers';
import { endpointOf } from './endpoint-of.ts';

export interface AppserviceHttpOptions {
  readonly http: OutboundHttp;
  readonly clock: Pick<Clock, 'now'>;
  /** The `hs_token` goes as a query parameter too. */
  readonly hasLegacyToken: boolean;
}

export interface AppserviceRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** From the `/` on, percent-encoded, with its query. */
  readonly target: string;
  /** Where older application services have it (https://spec.matrix.org/v1.19/application-service-api/#legacy-routes). */
  readonly legacyTarget?: string;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
}

/** Nothing was sent: it has no URL. */
export type AppserviceAnswer = OutboundAnswer | { readonly outcome: 'no-url' };

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** So long one that knows only legacy routes is asked there first. */
const LEGACY_MS = 10 * 60_000;
const UNKNOWN_ROUTE = new Set([404, 405, 501]);

/** Asks application services, with the token that they know the homeserver by. The token is in nothing that anybody logs. */
export class AppserviceHttp {
  readonly #options: AppserviceHttpOptions;
  /** Until when, by the id of the application service. */
  readonly #legacy = new Map<string, number>();

  constructor(options: AppserviceHttpOptions) {
    this.#options = options;
  }

  async ask(appservice: Appservice, request: AppserviceRequest): Promise<AppserviceAnswer> {
    const { target, legacyTarget } = request;
    if (legacyTarget === undefined) return this.#send(appservice, request, target);
    const isLegacy = (this.#legacy.get(appservice.id) ?? 0) > this.#options.clock.now();
    const [first, second] = isLegacy ? [legacyTarget, target] : [target, legacyTarget];
    const answer = await this.#send(appservice, request, first);
    if (!isUnknownRoute(answer)) return answer;
    const other = await this.#send(appservice, request, second);
    if (isUnknownRoute(other)) return answer;
    if (isLegacy) this.#legacy.delete(appservice.id);
    else this.#legacy.set(appservice.id, this.#options.clock.now() + LEGACY_MS);
    return other;
  }

  async #send(appservice: Appservice, request: AppserviceRequest, target: string): Promise<AppserviceAnswer> {
    const { http, hasLegacyToken } = this.#options;
    const { url } = appservice.settings;
    if (url === undefined) return { outcome: 'no-url' };
    const { endpoint, basePath } = endpointOf(url);
    const { method, body, timeoutMs } = request;
    return http.send({
      endpoint,
      method,
      target: withToken(basePath + target, hasLegacyToken ? appservice.hsToken : undefined),
      headers: {
        authorization: `Bearer ${appservice.hsToken}`,
        'user-agent': 'Plexus',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    });
  }
}

/** @NOTE That there is no such user, or no such alias, is said with the same status, but with an error code of Matrix. */
function isUnknownRoute(answer: AppserviceAnswer): boolean {
  if (answer.outcome !== 'answered' || !UNKNOWN_ROUTE.has(answer.status)) return false;
  const parsed = parseJson(answer.bytes);
  const errcode = parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value['errcode'] : undefined;
  return errcode === undefined || errcode === 'M_UNRECOGNIZED';
}

function withToken(target: string, token: string | undefined): string {
  if (token === undefined) return target;
  return `${target}${target.includes('?') ? '&' : '?'}access_token=${encodeURIComponent(token)}`;
}
