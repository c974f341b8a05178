export interface Mail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
}

/** Gives mails to the relay. */
export interface Mailer {
  /** Resolves when the relay has taken the mail. Throws `MailError`. */
  send(mail: Mail): Promise<void>;
}

/** The relay could not be reached or refused the mail. */
export class MailError extends Error {
  override readonly name = 'MailError';
}
