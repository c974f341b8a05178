import { measureCount } from '../measure.ts';
import type { Scenario } from './scenario.ts';

/** New users with a password, which both sides hash as cheaply as they can. */
export function registrations(count: number, concurrency: number): Scenario {
  return {
    name: `registrations, ${concurrency} at once`,
    unit: 'user',
    async prepare(stage) {
      return () =>
        measureCount(stage.target, { count, concurrency }, async () => {
          await stage.newUser();
        });
    },
  };
}
