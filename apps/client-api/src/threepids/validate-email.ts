import type { EmailValidationRepository } from '@plexus/storage';
import { hashToken } from '../accounts/hash-token.ts';

/** What came of the link in a mail. */
export type EmailValidated =
  | { readonly outcome: 'validated'; readonly nextLink: string | undefined }
  | { readonly outcome: 'stale' };

/** Takes the word of who follows the link in a mail. It may be followed again. */
export class ValidateEmail {
  readonly #validations: EmailValidationRepository;

  constructor(validations: EmailValidationRepository) {
    this.#validations = validations;
  }

  async execute(sid: string, token: string): Promise<EmailValidated> {
    const validated = sid.includes('\0') ? undefined : await this.#validations.validateEmail(sid, hashToken(token));
    return validated === undefined ? { outcome: 'stale' } : { outcome: 'validated', nextLink: validated.nextLink };
  }
}
