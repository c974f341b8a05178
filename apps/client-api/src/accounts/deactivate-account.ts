import type { DeactivateRequest, DeactivateResponse } from '@plexus/matrix-api';
import type { Requester } from '@plexus/service-shell';
import type { AccountDeactivation, AccountDeactivationRepository } from '@plexus/storage';
import { PASSWORD } from '../authentication/auth-stage.ts';
import type { AskedAuth, InteractiveAuth } from '../authentication/interactive-auth.ts';
import type { ChangeAccess } from './change-access.ts';

export interface DeactivationRequest {
  readonly requester: Requester;
  readonly body: DeactivateRequest;
  readonly clientAddress: string;
}

/**
 * Deactivates an account (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate). It is closed at once;
 * `RunDeactivations` does the rest.
 */
export class DeactivateAccount {
  readonly #deactivations: AccountDeactivationRepository;
  readonly #interactiveAuth: InteractiveAuth;
  readonly #changeAccess: ChangeAccess;

  constructor(
    deactivations: AccountDeactivationRepository,
    interactiveAuth: InteractiveAuth,
    changeAccess: ChangeAccess,
  ) {
    this.#deactivations = deactivations;
    this.#interactiveAuth = interactiveAuth;
    this.#changeAccess = changeAccess;
  }

  /** No identity server knows a third-party id from here, so that none has to be told. */
  async execute({
    requester,
    body,
    clientAddress,
  }: DeactivationRequest): Promise<AskedAuth | { readonly outcome: 'done'; readonly response: DeactivateResponse }> {
    const { userId, serverName } = requester;
    const { auth, erase = false } = body;
    const authenticated = await this.#interactiveAuth.execute({
      auth,
      serverName,
      userId,
      clientAddress,
      operation: { name: 'deactivate', parameters: erase },
      flows: [{ stages: [PASSWORD] }],
    });
    if (authenticated.outcome === 'ask') return authenticated;
    await this.deactivate({ userId, erase });
    return { outcome: 'done', response: { id_server_unbind_result: 'success' } };
  }

  /** Without further questions, as on an administrator's word. Every replica refuses the user's tokens at once. */
  async deactivate(deactivation: AccountDeactivation): Promise<void> {
    await this.#changeAccess.execute(deactivation, async () => ({
      gone: await this.#deactivations.startDeactivation(deactivation),
      result: undefined,
    }));
  }
}
