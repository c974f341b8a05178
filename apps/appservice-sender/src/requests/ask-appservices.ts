import type { Appservice } from '@plexus/appservices';
import { parseJson } from '@plexus/matrix-base';
import type { Clock, JsonValue } from '@plexus/matrix-base';
import type { AppservicePingOutcome, AppserviceQueryOutcome } from '@plexus/rpc';
import type { AppserviceAnswer, AppserviceHttp } from '../out/appservice-http.ts';

export interface AskAppservicesPorts {
  readonly registry: { find(id: string): Appservice | undefined };
  readonly http: Pick<AppserviceHttp, 'ask'>;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** So often an application service that is not reached is asked again, within the time. */
const TRIES = 3;
const PAUSE_MS = 300;
const MAX_BODY_TOLD = 8_192;

/** Puts questions of other services to application services. */
export class AskAppservices {
  readonly #ports: AskAppservicesPorts;

  constructor(ports: AskAppservicesPorts) {
    this.#ports = ports;
  }

  /** Whether it is there, and takes the homeserver's token (https://spec.matrix.org/v1.19/application-service-api/#pinging). */
  async ping(appserviceId: string, transactionId: string): Promise<AppservicePingOutcome> {
    const { registry, http, clock, timeoutMs } = this.#ports;
    const appservice = registry.find(appserviceId);
    if (appservice === undefined) return { outcome: 'not-asked' };
    const begun = clock.now();
    const body = Buffer.from(JSON.stringify(transactionId === '' ? {} : { transaction_id: transactionId }));
    const answer = await http.ask(appservice, { method: 'POST', target: '/_matrix/app/v1/ping', body, timeoutMs });
    if (answer.outcome === 'no-url') return { outcome: 'not-asked' };
    if (answer.outcome === 'unreachable') {
      const reason = answer.reason === 'timeout' ? 'timeout' : 'connection';
      return { outcome: 'unreachable', reason, because: answer.because };
    }
    const text = Buffer.from(answer.bytes).toString().slice(0, MAX_BODY_TOLD);
    return { outcome: 'answered', status: answer.status, body: text, durationMs: Math.round(clock.now() - begun) };
  }

  /** Whether it has a user or an alias, or makes it now (https://spec.matrix.org/v1.19/application-service-api/#querying). */
  async query(appserviceId: string, name: string): Promise<AppserviceQueryOutcome> {
    const appservice = this.#ports.registry.find(appserviceId);
    if (appservice === undefined) return 'failed';
    const path = `${name.startsWith('@') ? 'users' : 'rooms'}/${encodeURIComponent(name)}`;
    const answer = await this.#askUntilReached(appservice, `/_matrix/app/v1/${path}`, `/${path}`);
    if (answer.outcome !== 'answered') return 'failed';
    if (answer.status === 200) return 'exists';
    return answer.status === 404 ? 'unknown' : 'failed';
  }

  /** What it answered; nothing where that is not JSON, or an error. */
  async queryThirdParty(appserviceId: string, target: string): Promise<JsonValue | undefined> {
    const { registry, http, timeoutMs } = this.#ports;
    const appservice = registry.find(appserviceId);
    if (appservice === undefined) return undefined;
    const answer = await http.ask(appservice, {
      method: 'GET',
      target: `/_matrix/app/v1/thirdparty/${target}`,
      legacyTarget: `/_matrix/app/unstable/thirdparty/${target}`,
      timeoutMs,
    });
    if (answer.outcome !== 'answered' || answer.status !== 200) return undefined;
    const parsed = parseJson(answer.bytes);
    return parsed.outcome === 'ok' ? parsed.value : undefined;
  }

  async #askUntilReached(appservice: Appservice, target: string, legacyTarget: string): Promise<AppserviceAnswer> {
    const { http, clock, timeoutMs } = this.#ports;
    const deadline = clock.now() + timeoutMs;
    for (let tries = 1; ; tries += 1) {
      const remainingMs = Math.max(1, deadline - clock.now());
      const answer = await http.ask(appservice, { method: 'GET', target, legacyTarget, timeoutMs: remainingMs });
      if (answer.outcome !== 'unreachable' || tries >= TRIES || clock.now() + PAUSE_MS >= deadline) return answer;
      await clock.delay(PAUSE_MS);
    }
  }
}
