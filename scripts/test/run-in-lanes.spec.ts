import { describe, expect, it } from 'vitest';
import { runInLanes } from './run-in-lanes.ts';

describe('runInLanes', () => {
  it('runs every step once, from both ends at a time', async () => {
    const works = new Works();
    const ended = runInLanes(['unit', 'chart', 'flows', 'recovery'], 2, works.run);
    expect(works.begun).toEqual(['unit in 0', 'recovery in 1']);
    await works.end('unit');
    await works.end('chart');
    expect(works.begun).toEqual(['unit in 0', 'recovery in 1', 'chart in 0', 'flows in 0']);
    await works.end('recovery');
    await works.end('flows');
    await ended;
    expect(works.begun).toHaveLength(4);
  });

  it('runs one step after the other, in their order, in one lane', async () => {
    const works = new Works();
    const ended = runInLanes(['unit', 'chart'], 1, works.run);
    expect(works.begun).toEqual(['unit in 0']);
    await works.end('unit');
    expect(works.begun).toEqual(['unit in 0', 'chart in 0']);
    await works.end('chart');
    await ended;
  });

  it('has nothing to do where there are no steps', async () => {
    const works = new Works();
    await runInLanes([], 2, works.run);
    expect(works.begun).toEqual([]);
  });

  it('begins nothing after a failure, and ends when the other lane has', async () => {
    const works = new Works();
    const events: string[] = [];
    const ended = runInLanes(['unit', 'chart', 'flows', 'recovery'], 2, works.run)
      .catch((error: Error) => events.push(error.message))
      .finally(() => events.push('over'));
    await works.fail('recovery', 'no water');
    expect(events).toEqual([]);
    await works.end('unit');
    await ended;
    expect(events).toEqual(['no water', 'over']);
    expect(works.begun).toEqual(['unit in 0', 'recovery in 1']);
  });
});

/** Steps that end when a test says so. */
class Works {
  readonly begun: string[] = [];
  readonly #underWay = new Map<string, PromiseWithResolvers<void>>();

  readonly run = (step: string, lane: number): Promise<void> => {
    const work = Promise.withResolvers<void>();
    this.begun.push(`${step} in ${lane}`);
    this.#underWay.set(step, work);
    return work.promise;
  };

  async end(step: string): Promise<void> {
    this.#underWay.get(step)?.resolve();
    await settled();
  }

  async fail(step: string, because: string): Promise<void> {
    this.#underWay.get(step)?.reject(new Error(because));
    await settled();
  }
}

/** Whatever follows from what has just happened has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
