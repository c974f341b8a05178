import { StorageError } from '@plexus/storage';
import { TopicError } from '@plexus/topics';
import { expect, it } from 'vitest';
import { explainFailure } from './report-failed-start.ts';
import { StartError } from './start-error.ts';

function caused(code: string): Error {
  return Object.assign(new Error('refused'), { code });
}

it.each([
  ['what the operator wrote', new StartError('--limit must be a number')],
  ['a Postgres that is away', new StorageError('connect to Postgres: refused', { cause: caused('ECONNREFUSED') })],
  ['a Postgres that lets nobody in', new StorageError('connect to Postgres: refused', { cause: caused('28P01') })],
  ['what we are not allowed', new StorageError('create tables: refused', { cause: caused('42501') })],
  ['a Kafka that is away', new TopicError('unavailable', 'Kafka cannot be asked')],
])('says in one sentence: %s', (_what, error) => {
  expect(explainFailure(error)).toBe(error.message);
});

it.each([
  ['a statement of ours', new StorageError('find rooms: no such column', { cause: caused('42703') })],
  ['anything else', new TypeError('undefined is not a function')],
])('shows where it was: %s', (_what, error) => {
  expect(explainFailure(error)).toBe(error.stack);
});
