import { timingSafeEqual } from 'node:crypto';
import type { AuthData, AuthResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import type { AuthSession, AuthSessionRepository, CompletedStages } from '@plexus/storage';
import { hashToken } from '../accounts/hash-token.ts';
import { newRandomId } from '../accounts/random-ids.ts';
import type { AuthOperation } from './auth-operation.ts';
import { hashOperation } from './auth-operation.ts';
import type { AuthStage, StageContext, StageOutcome } from './auth-stage.ts';
import { invalidRegistrationToken } from './registration-token-stage.ts';

export interface AuthFlow {
  readonly stages: readonly string[];
}

export interface InteractiveRequest extends StageContext {
  readonly auth: AuthData | undefined;
  readonly operation: AuthOperation;
  /** One of these has to be completed. */
  readonly flows: readonly AuthFlow[];
  readonly params?: JsonObject;
}

/** An operation whose flows have several stages, which pages may complete in their order. */
export interface StagedOperation {
  readonly operation: AuthOperation;
  flowsOn(serverName: string): readonly AuthFlow[];
}

/** The stages are complete. The session is there only where the authentication took several requests. */
export interface CompletedAuth {
  readonly outcome: 'complete';
  readonly completed: CompletedStages;
  readonly session: AuthSession | undefined;
}

/** The body of the 401 that asks for a stage. */
export interface AskedAuth {
  readonly outcome: 'ask';
  readonly response: AuthResponse;
}

export interface InteractiveAuthSettings {
  readonly sessionLifetimeMs: number;
}

type Fault = Pick<StageOutcome & { readonly outcome: 'refused' }, 'errcode' | 'error'>;

/**
 * Decides whether a request has gone through user-interactive authentication
 * (https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api). A session is stored with the first 401 and belongs to one
 * operation of one user. A request that completes a flow at once leaves no session behind.
 */
export class InteractiveAuth {
  readonly #sessions: AuthSessionRepository;
  readonly #stages: ReadonlyMap<string, AuthStage>;
  readonly #random: RandomSource;
  readonly #settings: InteractiveAuthSettings;

  constructor(
    sessions: AuthSessionRepository,
    stages: readonly AuthStage[],
    { random, ...settings }: InteractiveAuthSettings & { readonly random: RandomSource },
  ) {
    this.#sessions = sessions;
    this.#stages = new Map(stages.map((stage) => [stage.type, stage]));
    this.#random = random;
    this.#settings = settings;
  }

  /** Throws 403 where the session belongs to something else. One that is unknown or has expired counts as none. */
  async execute(request: InteractiveRequest): Promise<CompletedAuth | AskedAuth> {
    const attempt = new Attempt(this.#sessions, request, this.#settings);
    await attempt.findSession();
    const fault = await this.#tryStage(request, attempt);
    if (fault === undefined && attempt.isComplete) return attempt.complete();
    return attempt.ask(newRandomId(this.#random), fault);
  }

  /**
   * Completes a stage of a session from a page, outside of the request that the session is for. Throws 404 for an unknown session, 401 with the
   * stage's own code where it is refused or comes before its turn.
   */
  async completeStage(
    auth: AuthData & { readonly type: string; readonly session: string },
    clientAddress: string,
    staged: StagedOperation,
  ): Promise<void> {
    const sessionHash = hashToken(auth.session);
    const session = await this.#sessions.findAuthSession(sessionHash);
    const stage = this.#stages.get(auth.type);
    if (session === undefined || stage === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Unknown session');
    if (Object.hasOwn(session.completed, stage.type)) return;
    const { serverName, userId } = session;
    const isStaged = timingSafeEqual(session.operationHash, hashOperation(auth.session, staged.operation));
    if (isStaged && !isInTurn(staged.flowsOn(serverName), stage.type, session.completed))
      throw new MatrixError(OUT_OF_TURN.errcode, 401, OUT_OF_TURN.error);
    const outcome = await stage.check(auth, { serverName, userId, clientAddress });
    if (outcome.outcome === 'refused') throw new MatrixError(outcome.errcode, 401, outcome.error);
    const { result, registrationToken } = outcome;
    const completion = { stage: stage.type, result, ...(registrationToken !== undefined && { registrationToken }) };
    const kept = await this.#sessions.completeStage(sessionHash, completion);
    if (kept.outcome !== 'completed') throw new MatrixError('M_FORBIDDEN', 401, 'It is too late for this');
  }

  async #tryStage(request: InteractiveRequest, attempt: Attempt): Promise<Fault | undefined> {
    const { auth, flows } = request;
    if (auth?.type === undefined || attempt.hasCompleted(auth.type)) return undefined;
    const stage = this.#stages.get(auth.type);
    const isOffered = flows.some(({ stages }) => stages.includes(auth.type ?? ''));
    if (stage === undefined || !isOffered) {
      return { errcode: 'M_UNRECOGNIZED', error: 'This authentication type is not offered' };
    }
    if (!isInTurn(flows, auth.type, attempt.completed)) return OUT_OF_TURN;
    const outcome = await stage.check(auth, request);
    if (outcome.outcome === 'refused') return { errcode: outcome.errcode, error: outcome.error };
    return attempt.keep(stage.type, outcome, () => newRandomId(this.#random));
  }
}

const OUT_OF_TURN: Fault = { errcode: 'M_FORBIDDEN', error: 'Another stage comes before this one' };

/** Whether a stage comes next in one of the flows: their stages are completed in order. */
function isInTurn(flows: readonly AuthFlow[], type: string, completed: CompletedStages): boolean {
  return flows.some(({ stages }) => {
    const place = stages.indexOf(type);
    return place >= 0 && stages.slice(0, place).every((stage) => Object.hasOwn(completed, stage));
  });
}

/** One request on its way through its session. */
class Attempt {
  readonly #sessions: AuthSessionRepository;
  readonly #request: InteractiveRequest;
  readonly #settings: InteractiveAuthSettings;
  #sessionId: string | undefined;
  #session: AuthSession | undefined;
  #completed: CompletedStages = {};

  constructor(sessions: AuthSessionRepository, request: InteractiveRequest, settings: InteractiveAuthSettings) {
    this.#sessions = sessions;
    this.#request = request;
    this.#settings = settings;
  }

  async findSession(): Promise<void> {
    const sessionId = this.#request.auth?.session;
    if (sessionId === undefined) return;
    const session = await this.#sessions.findAuthSession(hashToken(sessionId));
    if (session === undefined) return;
    this.#requireOwn(sessionId, session);
    this.#sessionId = sessionId;
    this.#session = session;
    this.#completed = session.completed;
  }

  get completed(): CompletedStages {
    return this.#completed;
  }

  hasCompleted(stage: string): boolean {
    return Object.hasOwn(this.#completed, stage);
  }

  get isComplete(): boolean {
    return this.#request.flows.some(({ stages }) => stages.every((stage) => this.hasCompleted(stage)));
  }

  complete(): CompletedAuth {
    return { outcome: 'complete', completed: this.#completed, session: this.#session };
  }

  /** Keeps what a stage found out: in the stored session, which it makes where further stages follow or a use of a token is to be taken. */
  async keep(
    stage: string,
    { result, registrationToken }: StageOutcome & { readonly outcome: 'done' },
    newSessionId: () => string,
  ): Promise<Fault | undefined> {
    this.#completed = { ...this.#completed, [stage]: result };
    if (this.#session === undefined && this.isComplete && registrationToken === undefined) return undefined;
    const { sessionHash } = await this.#requireSession(newSessionId);
    const kept = await this.#sessions.completeStage(sessionHash, {
      stage,
      result,
      ...(registrationToken !== undefined && { registrationToken }),
    });
    if (kept.outcome === 'refused') return this.#forget(stage, invalidRegistrationToken());
    if (kept.outcome === 'no-session') return this.#forget(stage, { errcode: 'M_FORBIDDEN', error: 'Too late' });
    this.#session = kept.session;
    this.#completed = kept.session.completed;
    return undefined;
  }

  async ask(newSessionId: string, fault: Fault | undefined): Promise<AskedAuth> {
    await this.#requireSession(() => newSessionId);
    const { flows, params = {} } = this.#request;
    const completed = Object.keys(this.#completed);
    const asked = {
      session: this.#sessionId ?? newSessionId,
      flows: flows.map(({ stages }) => ({ stages })),
      params,
      completed,
    };
    return { outcome: 'ask', response: fault === undefined ? asked : { ...asked, ...fault } };
  }

  #forget(stage: string, { errcode, error }: Fault): Fault {
    const { [stage]: _gone, ...completed } = this.#completed;
    this.#completed = completed;
    return { errcode, error };
  }

  async #requireSession(newSessionId: () => string): Promise<AuthSession> {
    if (this.#session !== undefined) return this.#session;
    const { operation, serverName, userId } = this.#request;
    const sessionId = newSessionId();
    const made = {
      sessionHash: hashToken(sessionId),
      operationHash: hashOperation(sessionId, operation),
      serverName,
      userId,
    };
    await this.#sessions.addAuthSession(made, this.#settings.sessionLifetimeMs);
    this.#sessionId = sessionId;
    this.#session = { ...made, completed: {}, registeredUserId: undefined };
    return this.#session;
  }

  #requireOwn(sessionId: string, session: AuthSession): void {
    const { operation, serverName, userId } = this.#request;
    const isSame = timingSafeEqual(session.operationHash, hashOperation(sessionId, operation));
    if (isSame && session.serverName === serverName && session.userId === userId) return;
    throw new MatrixError('M_FORBIDDEN', 403, 'This session is for another request than this one');
  }
}
