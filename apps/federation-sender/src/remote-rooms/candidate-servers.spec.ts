import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import { candidateServers } from './candidate-servers.ts';
import { likelyServers } from './likely-servers.ts';

const hosted = new FakeHostedServers(['one.example']);

it('asks each server that may let a user in once, and none that is hosted here or is no server', () => {
  const names = ['b.example', 'one.example', 'a.example', 'b.example', 'no name', ''];
  expect(candidateServers(names, hosted)).toEqual(['b.example', 'a.example']);
  const many = Array.from({ length: 50 }, (_, index) => `s${index}.example`);
  expect(candidateServers(many, hosted)).toEqual(many.slice(0, 20));
});

it('asks for what is missing first where it is known to be, then where most users are', () => {
  const joined = new Map([
    ['few.example', 2],
    ['one.example', 90],
    ['many.example', 50],
    ['first.example', 1],
  ]);
  expect(likelyServers(['first.example'], joined, hosted)).toEqual(['first.example', 'many.example', 'few.example']);
  const all = new Map(Array.from({ length: 20 }, (_, index): [string, number] => [`s${index}.example`, 20 - index]));
  expect(likelyServers([], all, hosted)).toEqual([...all.keys()].slice(0, 6));
});
