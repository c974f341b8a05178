import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until there is an answer or the time is over. */
export async function waitUntil<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  deadlineMs: number,
): Promise<T | undefined> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() > end) return answer;
    await delay(20);
  }
}
