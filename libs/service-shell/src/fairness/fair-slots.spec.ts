import { describe, expect, it } from 'vitest';
import { FairSlots } from './fair-slots.ts';
import type { Slot } from './fair-slots.ts';

/** Time that goes on when it is told to. */
class ManualClock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly resolve: () => void }>();

  now(): number {
    return this.#now;
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.#timers.add({ at: this.#now + ms, resolve }));
  }

  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.resolve();
    }
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** What entered, in order. */
function crowd(slots: FairSlots): { readonly inside: [string, Slot][]; enter(name: string, key: string): void } {
  const inside: [string, Slot][] = [];
  const enter = (name: string, key: string): void => {
    void (async () => {
      const slot = await slots.enter(key);
      if (slot !== undefined) inside.push([name, slot]);
    })();
  };
  return { inside, enter };
}

describe('FairSlots', () => {
  it('lets so many go on at once, and the next when one leaves', async () => {
    const slots = new FairSlots({ slots: 2, countedMs: 1_000 }, new ManualClock());
    const { inside, enter } = crowd(slots);
    for (const [name, key] of [
      ['one', 'a'],
      ['two', 'b'],
      ['three', 'c'],
    ] as const)
      enter(name, key);
    await settled();
    expect(inside.map(([name]) => name)).toEqual(['one', 'two']);
    expect(slots.size).toEqual({ inside: 2, waiting: 1 });
    inside[0]?.[1].leave();
    inside[0]?.[1].leave();
    await settled();
    expect(inside.map(([name]) => name)).toEqual(['one', 'two', 'three']);
    expect(slots.size).toEqual({ inside: 2, waiting: 0 });
  });

  it('does not let one key have all the slots', async () => {
    const slots = new FairSlots({ slots: 4, countedMs: 1_000 }, new ManualClock());
    const { inside, enter } = crowd(slots);
    for (let count = 0; count < 100; count += 1) enter(`noisy ${count}`, 'noisy');
    await settled();
    expect(inside).toHaveLength(3);
    enter('quiet', 'quiet');
    await settled();
    expect(inside.at(-1)?.[0]).toBe('quiet');
  });

  it('lets the keys take turns: who comes late with another key does not wait for all of a noisy one', async () => {
    const slots = new FairSlots({ slots: 4, countedMs: 1_000 }, new ManualClock());
    const { inside, enter } = crowd(slots);
    for (let count = 0; count < 500; count += 1) enter(`noisy ${count}`, 'noisy');
    for (const other of ['b', 'c', 'd']) enter(other, other);
    await settled();
    for (let left = 0; left < 6; left += 1) {
      inside[left]?.[1].leave();
      await settled();
    }
    const names = inside.map(([name]) => name);
    expect(names.slice(0, 10).filter((name) => !name.startsWith('noisy'))).toEqual(['b', 'c', 'd']);
  });

  it('goes first come, first served within a key', async () => {
    const slots = new FairSlots({ slots: 1, countedMs: 1_000 }, new ManualClock());
    const { inside, enter } = crowd(slots);
    for (const name of ['one', 'two', 'three']) enter(name, 'a');
    for (let left = 0; left < 2; left += 1) {
      await settled();
      inside[left]?.[1].leave();
    }
    await settled();
    expect(inside.map(([name]) => name)).toEqual(['one', 'two', 'three']);
  });

  it('counts nobody for longer than it is told', async () => {
    const clock = new ManualClock();
    const slots = new FairSlots({ slots: 2, countedMs: 1_000 }, clock);
    const { inside, enter } = crowd(slots);
    for (const [name, key] of [
      ['slow', 'a'],
      ['slow too', 'b'],
      ['next', 'c'],
    ] as const)
      enter(name, key);
    await clock.advance(999);
    expect(inside).toHaveLength(2);
    await clock.advance(1);
    expect(inside.at(-1)?.[0]).toBe('next');
    const [slow] = inside;
    slow?.[1].leave();
    expect(slots.size.inside).toBe(2);
  });

  it('refuses more of one key than may wait, and of that key alone', async () => {
    const slots = new FairSlots({ slots: 1, waiting: 2, countedMs: 1_000 }, new ManualClock());
    const first = slots.enter('a');
    expect(first).not.toBeInstanceOf(Promise);
    expect(slots.enter('a')).toBeInstanceOf(Promise);
    expect(slots.enter('a')).toBeInstanceOf(Promise);
    expect(slots.enter('a')).toBeUndefined();
    expect(slots.enter('b')).toBeInstanceOf(Promise);
  });
});
