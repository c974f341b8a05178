import type { Transporter } from 'nodemailer';
import type { Mail, Mailer } from '../threepids/mailer.ts';
import { MailError } from '../threepids/mailer.ts';

export interface SmtpRelay {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: () => string | undefined;
  /** TLS from the first byte. */
  readonly forceTls: boolean;
  /** No mail goes without TLS. */
  readonly requireTls: boolean;
}

const TIMEOUT_MS = 15_000;

/** Mails by SMTP to one relay, over connections that stay open for a while. */
export class SmtpMailer implements Mailer {
  readonly #transport: Transporter;

  private constructor(transport: Transporter) {
    this.#transport = transport;
  }

  /** @NOTE The library is loaded here: it takes several MiB of memory, and most deployments send no mail. */
  static async open({ host, port, user, password, forceTls, requireTls }: SmtpRelay): Promise<SmtpMailer> {
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      host,
      port,
      secure: forceTls,
      requireTLS: requireTls,
      pool: true,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(user !== undefined && { auth: { user, pass: password() ?? '' } }),
    });
    return new SmtpMailer(transport);
  }

  async send(mail: Mail): Promise<void> {
    try {
      await this.#transport.sendMail(mail);
    } catch (error) {
      throw new MailError('The mail relay did not take a mail', { cause: error });
    }
  }

  close(): void {
    this.#transport.close();
  }
}
