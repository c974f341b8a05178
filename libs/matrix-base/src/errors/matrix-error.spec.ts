import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './error-code.ts';
import { MatrixError } from './matrix-error.ts';

describe('MatrixError', () => {
  it('has the standard error response as its body', () => {
    const error = new MatrixError('M_UNKNOWN_TOKEN', 401, 'Unknown token', { soft_logout: false });
    expect(error.toBody()).toEqual({ errcode: 'M_UNKNOWN_TOKEN', error: 'Unknown token', soft_logout: false });
    expect([error.name, error.httpStatus, error.message]).toEqual(['MatrixError', 401, 'Unknown token']);
  });

  it('does not let extra members replace the code', () => {
    const error = new MatrixError('M_FORBIDDEN', 403, 'No', { errcode: 'M_NOT_FOUND', error: 'x' });
    expect(error.toBody()).toEqual({ errcode: 'M_FORBIDDEN', error: 'No' });
  });
});

describe('ERROR_CODES', () => {
  it('are in order and each named once', () => {
    expect([...ERROR_CODES]).toEqual([...new Set(ERROR_CODES)].sort());
  });
});
