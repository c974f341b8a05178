import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';

/** What this app counts besides its requests, which the shell does. */
export class ConsentTelemetry {
  readonly #pages: Counter;
  readonly #consents: Counter;
  readonly #refusals: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#pages = new Counter({
      name: 'plexus_consent_pages_total',
      help: 'Policies that were shown, to nobody in particular or to a user.',
      labelNames: ['view'],
      registers,
    });
    this.#consents = new Counter({
      name: 'plexus_consents_total',
      help: 'Times that a user agreed on the page, for the first time or again.',
      labelNames: ['outcome'],
      registers,
    });
    this.#refusals = new Counter({
      name: 'plexus_consent_refusals_total',
      help: 'Requests for the page that were refused, by the status of the answer.',
      labelNames: ['status'],
      registers,
    });
  }

  shown(view: 'public' | 'user'): void {
    this.#pages.inc({ view });
  }

  accepted(outcome: 'stored' | 'known'): void {
    this.#consents.inc({ outcome });
  }

  refused(status: number): void {
    this.#refusals.inc({ status });
  }
}
