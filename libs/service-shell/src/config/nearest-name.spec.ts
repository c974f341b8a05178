import { expect, it } from 'vitest';
import { findNearestName } from './nearest-name.ts';

const known = ['brokers', 'client_id', 'session_timeout'];

it('finds the name that a slip of the fingers meant', () => {
  expect(findNearestName('borkers', known)).toBe('brokers');
  expect(findNearestName('Client_ID', known)).toBe('client_id');
});

it('finds nothing where nothing is near', () => {
  expect(findNearestName('port', known)).toBeUndefined();
  expect(findNearestName('x', [])).toBeUndefined();
});
