import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { redactFields } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { AuditLog, AuditOutcome, NewAuditEntry } from '@plexus/storage';

/** What the audit reads of a request. */
export interface AuditedRequest {
  readonly method: string;
  readonly params: unknown;
  readonly body: unknown;
  readonly clientAddress: string;
  readonly routeOptions: { readonly url?: string | undefined };
}

/** An administrator, or what else acts with that power. */
export type Actor = Pick<Requester, 'userId' | 'serverName' | 'isDeploymentAdmin'>;
type About = Pick<NewAuditEntry, 'target' | 'details'>;

/** So much of what was asked for is kept, in characters of JSON. */
const MAX_DETAILS = 8_000;

/**
 * Writes down what administrators do: the intention before anything is done, the outcome before it is answered. A crash in between leaves an
 * entry without an outcome.
 */
export class RecordAction {
  readonly #log: AuditLog;
  readonly #open = new WeakMap<AuditedRequest, number>();

  constructor(log: AuditLog) {
    this.#log = log;
  }

  /** `about` says what it is about where the request has more than may be kept. */
  async begin(request: AuditedRequest, actor: Actor, about: About = aboutOf(request)): Promise<void> {
    if (this.#open.has(request)) return;
    const { userId, serverName, isDeploymentAdmin } = actor;
    const entryId = await this.#log.begin({
      administrator: userId,
      serverName,
      scope: isDeploymentAdmin ? 'deployment' : 'server',
      action: `${request.method} ${request.routeOptions.url ?? ''}`,
      ...about,
      address: request.clientAddress,
    });
    this.#open.set(request, entryId);
  }

  /** Does nothing for a request that nothing was begun for. */
  async finish(request: AuditedRequest, outcome: AuditOutcome): Promise<void> {
    const entryId = this.#open.get(request);
    if (entryId !== undefined) await this.#log.finish(entryId, outcome);
  }
}

function aboutOf({ params, body }: AuditedRequest): About {
  return { target: targetOf(params), details: detailsOf(body) };
}

function targetOf(params: unknown): Record<string, string> {
  const entries = Object.entries(params ?? {}).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(entries);
}

function detailsOf(body: unknown): JsonObject {
  if (!isJsonObject(body)) return {};
  const json = JSON.stringify(redactFields(body));
  if (json.length <= MAX_DETAILS) return JSON.parse(json) as JsonObject;
  return { members: Object.keys(body).slice(0, 100), truncated: true };
}
