import { runCheck } from './run-step.ts';

/**
 * Fetches and builds what parts need beside packages, one after the other, with processor time that others leave. Where that fails, the part
 * tries it itself, and says why it cannot be.
 */
export class Preparations {
  readonly #parts: ReadonlyMap<string, PromiseWithResolvers<void>>;

  /** In the order in which they are needed. */
  constructor(parts: readonly string[]) {
    this.#parts = new Map(parts.map((part) => [part, Promise.withResolvers()]));
  }

  /** Resolves when the part has what it needs, or will not get it here. */
  async ready(part: string): Promise<void> {
    await this.#parts.get(part)?.promise;
  }

  async run(): Promise<void> {
    for (const [part, { resolve }] of this.#parts) {
      const began = performance.now();
      const script = ['node', '--conditions=plexus-source', 'tests/support/prepare-part.ts', part];
      const { failed } = await runCheck(`what ${part} needs`, script, { isPolite: true });
      const seconds = Math.round((performance.now() - began) / 1_000);
      console.log(`• what ${part} needs: ${failed.length > 0 ? 'not there' : 'there'}, ${seconds} s`);
      resolve();
    }
  }
}
