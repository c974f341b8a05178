import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** A configured secret: only `reveal()` gives it away, every way of printing it says `<redacted>`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '<redacted>';
  }

  toJSON(): string {
    return '<redacted>';
  }

  [inspect.custom](): string {
    return '<redacted>';
  }
}

/**
 * A secret from a file that may be replaced while running: `reveal()` gives what the file has by then, so that what is opened with it from then on has
 * the new one. While the file is empty or cannot be read, as between two writes, the former secret counts; without one it throws.
 */
export class SecretFile extends Secret {
  readonly #path: string;
  #former: string | undefined;

  constructor(path: string) {
    super('');
    this.#path = path;
  }

  override reveal(): string {
    try {
      this.#former = readFileSync(this.#path, 'utf8').trimEnd() || this.#former;
    } catch (error) {
      if (this.#former === undefined) throw error;
    }
    return this.#former ?? '';
  }
}
