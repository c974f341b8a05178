import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MatrixError } from '@plexus/matrix-base';
import { Authenticator } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import { userSuspended } from '../accounts/account-faults.ts';
import { RecordAction } from '../audit/record-action.ts';

/** What an administrator's request does, for the audit log: looking at what is no secret is not recorded. */
export type AdminAct = 'change' | 'look' | 'look-into-content';

/** Says who may use an endpoint. */
@Injectable()
export class Access {
  readonly #authenticator: Authenticator;
  readonly #recordAction: RecordAction;

  constructor(authenticator: Authenticator, recordAction: RecordAction) {
    this.#authenticator = authenticator;
    this.#recordAction = recordAction;
  }

  /** Any user but a guest. */
  async requireUser(request: FastifyRequest): Promise<Requester> {
    const requester = await this.#authenticator.authenticate(request);
    if (!requester.isGuest) return requester;
    throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot use this endpoint');
  }

  /** Any user, guests too (https://spec.matrix.org/v1.19/client-server-api/#guest-access). */
  requireUserOrGuest(request: FastifyRequest): Promise<Requester> {
    return this.#authenticator.authenticate(request);
  }

  /** Any user, guests and locked accounts too: for endpoints that a lock leaves open. */
  requireAnybody(request: FastifyRequest): Promise<Requester> {
    return this.#authenticator.authenticate(request, { allowsLocked: true });
  }

  /** As `requireUser`, for what a suspended account must not do (https://spec.matrix.org/v1.19/client-server-api/#account-suspension). */
  async requireActiveUser(request: FastifyRequest): Promise<Requester> {
    return requireUnsuspended(await this.requireUser(request));
  }

  /** As `requireUserOrGuest`, for what a suspended account must not do. */
  async requireActiveUserOrGuest(request: FastifyRequest): Promise<Requester> {
    return requireUnsuspended(await this.requireUserOrGuest(request));
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
}

function requireUnsuspended(requester: Requester): Requester {
  if (requester.isSuspended === true) throw userSuspended();
  return requester;
}

function actOf({ method }: FastifyRequest): AdminAct {
  return method === 'GET' || method === 'HEAD' ? 'look' : 'change';
}
