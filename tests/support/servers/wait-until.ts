import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is true; after `withinMs` it throws, with `what` as the reason. */
export async function waitUntil(
  what: string,
  withinMs: number,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain for: ${what}`);
    await delay(20);
  }
}
