import { Injectable } from '@nestjs/common';
import type { Appservice } from '@plexus/appservices';
import type { FastifyRequest } from 'fastify';
import { MatrixError } from '@plexus/matrix-base';
import { Authenticator, requireUserWithinLimit } from '@plexus/service-shell';
import type { LimitedAction, RateLimiter, Requester } from '@plexus/service-shell';
import { userSuspended } from '../accounts/account-faults.ts';
import { RecordAction } from '../audit/record-action.ts';

/** What an administrator's request does, for the audit log: looking at what is no secret is not recorded. */
export type AdminAct = 'change' | 'look' | 'look-into-content';

/** Says who may use an endpoint, and how often where it names what is `limited`. */
@Injectable()
export class Access {
  readonly #authenticator: Authenticator;
  readonly #recordAction: RecordAction;
  readonly #limiter: RateLimiter;

  constructor(authenticator: Authenticator, recordAction: RecordAction, limiter: RateLimiter) {
    this.#authenticator = authenticator;
    this.#recordAction = recordAction;
    this.#limiter = limiter;
  }

  /** Any user but a guest. */
  async requireUser(request: FastifyRequest, limited?: LimitedAction): Promise<Requester> {
    const requester = await this.#authenticator.authenticate(request);
    if (!requester.isGuest) return this.#within(requester, limited);
    throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot use this endpoint');
  }

  /** Any user, guests too (https://spec.matrix.org/v1.19/client-server-api/#guest-access). */
  async requireUserOrGuest(request: FastifyRequest, limited?: LimitedAction): Promise<Requester> {
    return this.#within(await this.#authenticator.authenticate(request), limited);
  }

  /** Any user, guests and locked accounts too: for endpoints that a lock leaves open. */
  requireAnybody(request: FastifyRequest): Promise<Requester> {
    return this.#authenticator.authenticate(request, { allowsLocked: true });
  }

  /** An application service by its token, and the hosted server that its request is for. */
  requireAppservice(request: FastifyRequest): {
    readonly appservice: Appservice;
    /** Nothing where the request does not say. */
    readonly serverName: string | undefined;
  } {
    const appservice = this.#authenticator.requireAppservice(request);
    return { appservice, serverName: this.#authenticator.findServerOf(appservice, request) };
  }

  /** Whose token it is; nothing for a user's. */
  async findAppservice(request: FastifyRequest): Promise<Appservice | undefined> {
    const appservice = this.#authenticator.findAppservice(request);
    if (appservice === undefined) await this.#authenticator.authenticate(request);
    return appservice;
  }

  /** As `requireUser`, for what a suspended account must not do (https://spec.matrix.org/v1.19/client-server-api/#account-suspension). */
  async requireActiveUser(request: FastifyRequest, limited?: LimitedAction): Promise<Requester> {
    return requireUnsuspended(await this.requireUser(request, limited));
  }

  /** As `requireUserOrGuest`, for what a suspended account must not do. */
  async requireActiveUserOrGuest(request: FastifyRequest, limited?: LimitedAction): Promise<Requester> {
    return requireUnsuspended(await this.requireUserOrGuest(request, limited));
  }

  /** An administrator of their hosted server, or of the deployment: what they may act on is for the use case to check. */
  async requireAdmin(request: FastifyRequest, act: AdminAct = actOf(request)): Promise<Requester> {
    const requester = await this.#authenticator.authenticate(request);
    if (!requester.isAdmin && !requester.isDeploymentAdmin) {
      throw new MatrixError('M_FORBIDDEN', 403, 'This endpoint is for administrators');
    }
    if (act !== 'look') await this.#recordAction.begin(request, requester);
    return requester;
  }

  async requireDeploymentAdmin(request: FastifyRequest, act?: AdminAct): Promise<Requester> {
    const requester = await this.requireAdmin(request, act);
    if (requester.isDeploymentAdmin) return requester;
    throw new MatrixError('M_FORBIDDEN', 403, 'This endpoint is for administrators of the deployment');
  }

  /** Throws 429 `M_LIMIT_EXCEEDED` where the user has done this too often. */
  async #within(requester: Requester, limited: LimitedAction | undefined): Promise<Requester> {
    if (limited !== undefined) await requireUserWithinLimit(this.#limiter, requester, limited);
    return requester;
  }
}

function requireUnsuspended(requester: Requester): Requester {
  if (requester.isSuspended === true) throw userSuspended();
  return requester;
}

function actOf({ method }: FastifyRequest): AdminAct {
  return method === 'GET' || method === 'HEAD' ? 'look' : 'change';
}
