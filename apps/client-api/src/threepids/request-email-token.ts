import type { EmailTokenRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import { requireWithinLimit } from '@plexus/service-shell';
import type { RateLimiter } from '@plexus/service-shell';
import type { EmailValidationRepository, HostedServer, ThreepidRepository, ValidationPurpose } from '@plexus/storage';
import { hashToken } from '../accounts/hash-token.ts';
import { newRandomId } from '../accounts/random-ids.ts';
import { canonicalEmail, requireClientSecret } from './email-address.ts';
import type { EmailSettings, ServerMail } from './email-settings.ts';
import { requireMail } from './email-settings.ts';
import { MailError } from './mailer.ts';
import type { Mail, Mailer } from './mailer.ts';
import { addressInUseMail, validationMail } from './validation-mails.ts';

export interface EmailTokenWish {
  readonly server: HostedServer;
  readonly purpose: ValidationPurpose;
  readonly body: EmailTokenRequest;
  readonly clientAddress: string;
}

export interface RequestEmailTokenPorts {
  readonly threepids: ThreepidRepository;
  readonly validations: EmailValidationRepository;
  readonly mailer: Mailer;
  readonly limiter: RateLimiter;
  readonly random: RandomSource;
}

/**
 * Sends a mail with a link that proves that somebody reads the mail of an address
 * (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3registeremailrequesttoken). Who wants to register or add an address that is
 * somebody's learns nothing of that: a mail tells who reads it.
 */
export class RequestEmailToken {
  readonly #ports: RequestEmailTokenPorts;
  readonly #settings: EmailSettings;

  constructor(ports: RequestEmailTokenPorts, settings: EmailSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /** Returns the session's id. Throws 400, 429, and 503 where the relay does not take the mail. */
  async execute({ server, purpose, body, clientAddress }: EmailTokenWish): Promise<string> {
    const mail = requireMail(this.#settings, server);
    const { client_secret: secret, send_attempt: sendAttempt, next_link: nextLink } = body;
    requireClientSecret(secret);
    const address = canonicalEmail(body.email);
    await this.#requireWithinLimits(server.serverName, address, clientAddress);
    const owner = await this.#ports.threepids.findThreepidUser(server.serverName, { medium: 'email', address });
    if (purpose === 'password' && owner === undefined && !this.#settings.hidesAddresses)
      throw new MatrixError('M_THREEPID_NOT_FOUND', 400, 'No account has this email address');
    const token = newRandomId(this.#ports.random) + newRandomId(this.#ports.random);
    const { sid, wantsMail } = await this.#ports.validations.startValidation(
      {
        sid: newRandomId(this.#ports.random),
        serverName: server.serverName,
        purpose,
        address,
        clientSecretHash: hashToken(secret),
        tokenHash: hashToken(token),
        nextLink: isLink(nextLink) ? nextLink : undefined,
        sendAttempt,
      },
      this.#settings.lifetimeMs,
    );
    if (!wantsMail) return sid;
    const written = this.#write({ purpose, isKnown: owner !== undefined, address }, mail, linkOf(mail, sid, token));
    if (written !== undefined) await this.#send(written);
    await this.#ports.validations.recordSent(sid, sendAttempt);
    return sid;
  }

  /** Nothing for an address that nobody has, whose password is to be reset: nobody is to learn it. */
  #write(
    { purpose, isKnown, address }: { purpose: ValidationPurpose; isKnown: boolean; address: string },
    { from }: ServerMail,
    link: string,
  ): Mail | undefined {
    const { appName } = this.#settings;
    if (purpose === 'password' && !isKnown) return undefined;
    const text = purpose !== 'password' && isKnown ? addressInUseMail(appName) : validationMail(purpose, appName, link);
    return { to: address, from, ...text };
  }

  async #send(mail: Mail): Promise<void> {
    try {
      await this.#ports.mailer.send(mail);
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      throw new MatrixError('M_UNKNOWN', 503, 'The mail could not be sent: try again later');
    }
  }

  async #requireWithinLimits(serverName: string, address: string, clientAddress: string): Promise<void> {
    const limited = { action: 'threepid-validation', serverName } as const;
    for (const key of [`from ${clientAddress}`, `to ${address}`]) {
      await requireWithinLimit(this.#ports.limiter, { ...limited, key });
    }
  }
}

function linkOf({ baseUrl }: ServerMail, sid: string, token: string): string {
  const query = new URLSearchParams({ sid, token });
  return `${baseUrl.replace(/\/$/, '')}/_plexus/client/v1/email/submit_token?${query}`;
}

function isLink(link: string | undefined): boolean {
  return link !== undefined && /^https?:\/\//i.test(link) && URL.canParse(link);
}
