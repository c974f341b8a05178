import { expect, it } from 'vitest';
import { parseAnswer } from './parse-answer.ts';

function answer(status: number, text: string) {
  return parseAnswer({ outcome: 'answered', status, bytes: Buffer.from(text) });
}

it('reads an object, whatever the status is', () => {
  expect(answer(200, '{"a":1}')).toEqual({ outcome: 'answered', status: 200, body: { a: 1 } });
  expect(answer(403, '{"errcode":"M_FORBIDDEN"}')).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
});

it('takes an error that is not JSON for one without a body', () => {
  expect(answer(502, '<html>')).toEqual({ outcome: 'answered', status: 502, body: {} });
});

it('takes a success that is not a JSON object for no answer', () => {
  for (const text of ['', '[1]', '<html>', '{"a":', '{"a":"\\ud800"}'])
    expect(answer(200, text)).toMatchObject({ outcome: 'unreachable', reason: 'not-json' });
});
