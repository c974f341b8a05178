import { expect, it } from 'vitest';
import { substituteVariables } from './substitute-variables.ts';

const variables = { A: 'one', EMPTY: '' };

it.each([
  ['${A}', 'one'],
  ['x${A}y${A}', 'xoneyone'],
  ['${A:-two}', 'one'],
  ['${B:-two}', 'two'],
  ['${EMPTY:-two}', 'two'],
  ['${EMPTY}', ''],
  ['${B:-}', ''],
  ['$${A}', '${A}'],
  ['$A and ${', '$A and ${'],
  ['${B:-http://h:1/p}', 'http://h:1/p'],
])('%s becomes %s', (text, expected) => {
  expect(substituteVariables(text, variables)).toEqual({ outcome: 'text', text: expected });
});

it('names a variable that is not set', () => {
  expect(substituteVariables('${A} ${B}', variables)).toEqual({ outcome: 'unset', name: 'B' });
});
