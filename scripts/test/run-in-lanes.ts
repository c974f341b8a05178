/**
 * Runs all of `steps`: the first lane takes them from the front of the list, the second from its end, until they meet. With what is bound by
 * the processor in front and what mostly waits at the end, the second has the time that the first one leaves, and neither rests while there is
 * a step left. `run` is told which lane it is in, counted from 0.
 *
 * Where a step throws, no further one begins; the first error is thrown when what the other lane has under way has ended.
 */
export async function runInLanes<Step>(
  steps: readonly Step[],
  lanes: 1 | 2,
  run: (step: Step, lane: number) => Promise<void>,
): Promise<void> {
  const left = [...steps];
  const takers = [() => left.shift(), () => left.pop()].slice(0, lanes);
  const outcomes = await Promise.allSettled(
    takers.map(async (take, lane) => {
      for (let step = take(); step !== undefined; step = take()) {
        await run(step, lane).catch((error: unknown) => {
          left.length = 0;
          throw error;
        });
      }
    }),
  );
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
