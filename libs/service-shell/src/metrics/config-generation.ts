import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** Which configuration is in force, by where it comes from: processes that show the same numbers have the same one. */
export class ConfigGeneration {
  readonly #gauge: Gauge;

  constructor(registry: Registry) {
    this.#gauge = new Gauge({
      name: 'plexus_config_generation',
      help: 'Which configuration is in force: a fingerprint of the file, and how often administrators changed it while running.',
      labelNames: ['source'],
      registers: [registry],
    });
  }

  report(source: 'file' | 'administrators', generation: number): void {
    this.#gauge.set({ source }, generation);
  }
}
