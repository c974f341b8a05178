import type { AddThreepidRequest, ThreepidsResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { EmailValidationRepository, HostedServers, ThreepidRepository } from '@plexus/storage';
import { PASSWORD } from '../authentication/auth-stage.ts';
import { findValidatedEmail } from '../authentication/email-stage.ts';
import type { AskedAuth, InteractiveAuth } from '../authentication/interactive-auth.ts';
import { canonicalEmail } from './email-address.ts';
import type { EmailSettings } from './email-settings.ts';
import { mediumNotSupported, requireMail } from './email-settings.ts';

export interface ManageThreepidsPorts {
  readonly threepids: ThreepidRepository;
  readonly validations: EmailValidationRepository;
  readonly servers: HostedServers;
}

export interface ThreepidAddition {
  readonly requester: Requester;
  readonly body: AddThreepidRequest;
  readonly clientAddress: string;
}

/** The administrative contacts of users (https://spec.matrix.org/v1.19/client-server-api/#adding-account-administrative-contact-information). */
export class ManageThreepids {
  readonly #ports: ManageThreepidsPorts;
  readonly #interactiveAuth: InteractiveAuth;
  readonly #settings: EmailSettings;

  constructor(ports: ManageThreepidsPorts, interactiveAuth: InteractiveAuth, settings: EmailSettings) {
    this.#ports = ports;
    this.#interactiveAuth = interactiveAuth;
    this.#settings = settings;
  }

  async list({ userId }: Requester): Promise<ThreepidsResponse> {
    const threepids = await this.#ports.threepids.listThreepids(userId);
    return {
      threepids: threepids.map(({ medium, address, validatedAt, addedAt }) => ({
        medium,
        address,
        validated_at: validatedAt,
        added_at: addedAt,
      })),
    };
  }

  /** Adds an address that the client has validated, after the password. */
  async add({ requester, body, clientAddress }: ThreepidAddition): Promise<AskedAuth | { readonly outcome: 'added' }> {
    const { userId, serverName } = requester;
    const server = this.#ports.servers.find(serverName);
    if (server !== undefined) requireMail(this.#settings, server);
    const { auth, sid, client_secret: secret } = body;
    const authenticated = await this.#interactiveAuth.execute({
      auth,
      serverName,
      userId,
      clientAddress,
      operation: { name: 'add-threepid', parameters: [sid, secret] },
      flows: [{ stages: [PASSWORD] }],
    });
    if (authenticated.outcome === 'ask') return authenticated;
    const threepid = await findValidatedEmail(this.#ports.validations, serverName, body);
    if (threepid === undefined)
      throw new MatrixError('M_THREEPID_AUTH_FAILED', 400, 'No validated third-party id was found');
    if (await this.#ports.threepids.addThreepid(userId, threepid)) return { outcome: 'added' };
    throw new MatrixError('M_THREEPID_IN_USE', 400, 'This email address is somebody else’s');
  }

  /** What is not there counts as removed. */
  async remove({ userId }: Requester, medium: string, address: string): Promise<void> {
    if (medium !== 'email')
      throw mediumNotSupported(medium === 'msisdn' ? 'phone numbers' : 'third-party ids of this kind');
    await this.#ports.threepids.removeThreepid(userId, { medium, address: canonicalEmail(address) });
  }
}
