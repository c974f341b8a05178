import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface CaughtMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, decoded. */
  readonly text: string;
}

/** A mail relay that delivers nothing and shows what it got. */
export class MailCatcher {
  readonly mails: CaughtMail[] = [];
  readonly #server: SMTPServer;

  constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, { envelope }, done) => {
        text(stream).then(
          (raw) => {
            const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
            this.mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: decode(raw) });
            done();
          },
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
      },
    });
  }

  /** Returns the port. */
  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.server.address() as AddressInfo).port;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The mails to an address, the newest last. */
  mailsTo(address: string): CaughtMail[] {
    return this.mails.filter(({ to }) => to.includes(address));
  }

  /** The link in the newest mail to an address. */
  linkTo(address: string): URL {
    const link = /https?:\/\/\S+/.exec(this.mailsTo(address).at(-1)?.text ?? '')?.[0];
    if (link === undefined) throw new Error(`there is no mail with a link to ${address}`);
    return new URL(link);
  }
}

/** Quoted-printable, which long lines are sent in. */
function decode(raw: string): string {
  if (!/^Content-Transfer-Encoding: quoted-printable/im.test(raw)) return raw;
  const joined = raw.replaceAll(/=\r?\n/g, '');
  return joined.replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
