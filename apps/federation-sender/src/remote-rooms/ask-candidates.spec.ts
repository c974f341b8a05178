import type { NoAnswer, Refusal, ServerAnswer } from '@plexus/remote-servers';
import { expect, it } from 'vitest';
import { askCandidates } from './ask-candidates.ts';

const ok = { outcome: 'ok', value: 'in' } as const;

function refusal(status: number, errcode: string): Refusal {
  return { outcome: 'refused', status, errcode, error: errcode, roomVersion: undefined, retryAfterMs: undefined };
}

function silent(reason: 'timeout' | 'discovery'): NoAnswer {
  return { outcome: 'unreachable', reason, because: '' };
}

/** Asks servers that answer so, in this order; gives the outcome and how many were asked. */
async function ask(answers: readonly ServerAnswer<string>[]): Promise<unknown> {
  let asked = 0;
  const names = answers.map((_, index) => `s${index}.example`);
  const outcome = await askCandidates(names, async () => answers[asked++] ?? silent('timeout'));
  const said = outcome.outcome === 'ok' ? outcome.server : [outcome.httpStatus, outcome.errcode];
  return [said, asked];
}

it('takes the first server that gives what is wanted', async () => {
  expect(await ask([silent('timeout'), refusal(403, 'M_FORBIDDEN'), ok, ok])).toEqual(['s2.example', 3]);
});

it("passes on the first error that is of the user's doing", async () => {
  const answers = [refusal(500, 'M_UNKNOWN'), refusal(403, 'M_FORBIDDEN'), refusal(404, 'M_NOT_FOUND')];
  expect(await ask(answers)).toEqual([[403, 'M_FORBIDDEN'], 3]);
});

it('asks nobody else about a version that is not known here', async () => {
  expect(await ask([refusal(400, 'M_INCOMPATIBLE_ROOM_VERSION'), ok])).toEqual([
    [400, 'M_INCOMPATIBLE_ROOM_VERSION'],
    1,
  ]);
});

it('does not pass on that this server asked in a wrong way', async () => {
  expect(await ask([refusal(400, 'M_INVALID_PARAM'), refusal(401, 'M_UNAUTHORIZED')])).toEqual([[502, 'M_UNKNOWN'], 2]);
});

it('tells servers that do not answer from those that there are not', async () => {
  expect(await ask([silent('discovery'), silent('timeout')])).toEqual([[502, 'M_UNKNOWN'], 2]);
  expect(await ask([silent('discovery')])).toEqual([[404, 'M_NOT_FOUND'], 1]);
  expect(await ask([])).toEqual([[404, 'M_NOT_FOUND'], 0]);
});
