import { StorageError } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { StartError } from '../service/start-error.ts';
import { armFailpoints } from './armed-failpoints.ts';

const NAMES = ['mill.before-grinding', 'mill.after-grinding'] as const;

describe('failpoints', () => {
  it('are nothing to wait for where they may not be armed, or are not', () => {
    expect(arm(['mill.before-grinding=error'], { mayBeArmed: false }).reach('mill.before-grinding')).toBeUndefined();
    expect(arm(['mill.before-grinding=error']).reach('mill.after-grinding')).toBeUndefined();
  });

  it('fail once as lost infrastructure does, and say so in the log', async () => {
    const warned: unknown[] = [];
    const failpoints = arm(['mill.after-grinding=error'], { warned });
    const failure = await Promise.resolve(failpoints.reach('mill.after-grinding')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageError);
    expect(failure).toHaveProperty('outcomeUnknown', true);
    expect(failpoints.reach('mill.after-grinding')).toBeUndefined();
    expect(warned).toEqual([{ failpoint: 'mill.after-grinding', action: 'error' }]);
  });

  it('fire when they are reached for the time that is named', async () => {
    const failpoints = arm(['mill.after-grinding=error@3']);
    expect(failpoints.reach('mill.after-grinding')).toBeUndefined();
    expect(failpoints.reach('mill.after-grinding')).toBeUndefined();
    await expect(failpoints.reach('mill.after-grinding')).rejects.toThrow(StorageError);
  });

  it('wait as long as is named', async () => {
    const waited: number[] = [];
    await arm(['mill.before-grinding=delay:70'], { waited }).reach('mill.before-grinding');
    expect(waited).toEqual([70]);
  });

  it('refuse a form and a name that do not exist, but not the names of other services', () => {
    expect(() => arm(['mill.before-grinding'])).toThrow(StartError);
    expect(() => arm(['mill.grinding=kill'])).toThrow(StartError);
    expect(() => arm(['bakery.baking=kill'])).not.toThrow();
  });
});

interface Overrides {
  readonly mayBeArmed?: boolean;
  readonly warned?: unknown[];
  readonly waited?: number[];
}

function arm(armed_failpoints: string[], { mayBeArmed = true, warned = [], waited = [] }: Overrides = {}) {
  const laboratory = { failpoints: mayBeArmed, armed_failpoints, disabled_protections: [] };
  return armFailpoints(
    {
      config: { laboratory },
      clock: { delay: async (milliseconds) => void waited.push(milliseconds) },
      logger: { warn: (_, fields) => void warned.push(fields) },
    },
    NAMES,
  );
}
