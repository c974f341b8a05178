declare global {
  interface JSON {
    /** Text that `JSON.stringify` writes as it stands. */
    rawJSON(text: string): unknown;
  }
}

/**
 * A number whose source text a double would not give back: `1.0`, `1e3`, `-0`, an integer beyond ±(2^53−1). Events of room versions 1
 * to 5 may hold such numbers, and their text is covered by hashes and signatures
 * (https://spec.matrix.org/v1.19/appendices/#canonical-json). `JSON.stringify` writes the text unchanged.
 */
export class ExactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** The nearest double, for rules that need a magnitude. Infinite where the text exceeds the range of doubles. */
  toNumber(): number {
    return Number(this.source);
  }

  toJSON(): unknown {
    return JSON.rawJSON(this.source);
  }
}
