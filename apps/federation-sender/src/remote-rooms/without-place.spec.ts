import { expect, it } from 'vitest';
import { withoutPlace } from './without-place.ts';

it('takes an event that is stored as an outlier for missing', () => {
  const stored = new Map([
    ['$placed', { stateAfter: 7 }],
    ['$outlier', { stateAfter: undefined }],
  ]);

  expect(withoutPlace(['$placed', '$outlier', '$absent'], stored)).toEqual(['$outlier', '$absent']);
});
