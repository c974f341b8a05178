import { expect, it } from 'vitest';
import { SilenceGuard } from './silence-guard.ts';

const silence = new Error('Command timed out');
const hang = (): Promise<never> => Promise.reject(silence);

function build(): { guard: SilenceGuard; passTime(ms: number): void; asked(): number; answer(): Promise<string> } {
  let now = 0;
  let asked = 0;
  return {
    guard: new SilenceGuard(
      (error) => error === silence,
      () => now,
    ),
    passTime: (ms) => {
      now += ms;
    },
    asked: () => asked,
    answer: async () => {
      asked += 1;
      return 'answer';
    },
  };
}

it('lets commands fail at once after one without an answer', async () => {
  const { guard, asked, answer } = build();
  await expect(guard.ask(hang)).rejects.toBe(silence);
  await expect(guard.ask(answer)).rejects.toThrow('a moment ago');
  expect(asked()).toBe(0);
});

it('lets one command try again after a while, and all where that was answered', async () => {
  const { guard, passTime, asked, answer } = build();
  await expect(guard.ask(hang)).rejects.toBe(silence);
  passTime(250);
  const slow = Promise.withResolvers<string>();
  const trying = guard.ask(() => slow.promise);
  await expect(guard.ask(answer)).rejects.toThrow('a moment ago');
  slow.resolve('late');
  expect(await trying).toBe('late');
  expect(await guard.ask(answer)).toBe('answer');
  expect(asked()).toBe(1);
});

it('goes on being silent where the one that tried got no answer either', async () => {
  const { guard, passTime, answer } = build();
  await expect(guard.ask(hang)).rejects.toBe(silence);
  passTime(250);
  await expect(guard.ask(hang)).rejects.toBe(silence);
  passTime(249);
  await expect(guard.ask(answer)).rejects.toThrow('a moment ago');
});

it('takes a refusal for an answer', async () => {
  const { guard, answer } = build();
  await expect(guard.ask(() => Promise.reject(new Error('READONLY')))).rejects.toThrow('READONLY');
  expect(await guard.ask(answer)).toBe('answer');
});

it('runs what must be tried at any time, and learns from it', async () => {
  const { guard, answer } = build();
  await expect(guard.listen(hang)).rejects.toBe(silence);
  expect(await guard.listen(answer)).toBe('answer');
  expect(await guard.ask(answer)).toBe('answer');
});
