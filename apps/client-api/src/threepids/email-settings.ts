import { MatrixError } from '@plexus/matrix-base';
import type { HostedServer } from '@plexus/storage';

/** What a hosted server needs to send mails. */
export interface ServerMail {
  readonly from: string;
  readonly baseUrl: string;
}

export interface EmailSettings {
  readonly appName: string;
  readonly lifetimeMs: number;
  /** Whether nobody is told that an address is known or unknown. */
  readonly hidesAddresses: boolean;
  /** Nothing where the server sends no mails: there is no relay, no sender, or no public base URL for the links. */
  mailOf(server: HostedServer): ServerMail | undefined;
}

/** Throws 400 where the server sends no mails. */
export function requireMail(settings: EmailSettings, server: HostedServer): ServerMail {
  const mail = settings.mailOf(server);
  if (mail !== undefined) return mail;
  throw mediumNotSupported('email addresses');
}

export function mediumNotSupported(what: string): MatrixError {
  return new MatrixError('M_THREEPID_MEDIUM_NOT_SUPPORTED', 400, `This server does not take ${what}`);
}
