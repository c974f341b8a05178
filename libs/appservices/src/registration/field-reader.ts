import type { JsonObject } from '@plexus/matrix-base';
import type { RegistrationProblem } from './registration-problem.ts';

/** What a text has to look like, and how that is said. */
interface TextForm {
  readonly pattern: RegExp;
  readonly form: string;
}

/** Reads the fields of a registration, and collects what is wrong with them; what cannot be read is taken for empty. */
export class FieldReader {
  readonly problems: RegistrationProblem[] = [];
  readonly #content: JsonObject;

  constructor(content: JsonObject) {
    this.#content = content;
  }

  report(key: string, reason: string): void {
    this.problems.push({ key, reason });
  }

  text(key: string, { pattern, form }: TextForm): string {
    const value = this.#content[key];
    if (typeof value === 'string' && pattern.test(value)) return value;
    if (value === undefined) this.report(key, 'is required');
    else this.report(key, typeof value === 'string' ? form : 'must be a string');
    return '';
  }

  /** Each name counts, whichever of them says yes. */
  flag(keys: readonly string[], missing: boolean): boolean {
    const written = keys.filter((key) => this.#content[key] !== undefined && this.#content[key] !== null);
    for (const key of written) {
      if (typeof this.#content[key] !== 'boolean') this.report(key, 'must be true or false');
    }
    return written.length === 0 ? missing : written.some((key) => this.#content[key] === true);
  }

  texts(key: string, findFault: (text: string) => string | undefined): string[] {
    const list = this.#content[key];
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) {
      this.report(key, 'must be a list');
      return [];
    }
    return list.flatMap((entry: unknown, index) => {
      const fault = typeof entry === 'string' ? findFault(entry) : 'must be a string';
      if (fault !== undefined) this.report(`${key}[${index}]`, fault);
      return typeof entry === 'string' && fault === undefined ? [entry] : [];
    });
  }
}
