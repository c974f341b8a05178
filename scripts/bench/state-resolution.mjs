// Resolves a fork of 50 branches with conflicting power levels, bans and topics in rooms of different sizes.
//   node_modules/.bin/node --conditions=plexus-source scripts/bench/state-resolution.mjs
import { buildLargeRoom, largeRoomInput } from '../../libs/room-dag/test-support/large-room.ts';
import { resolveState } from '../../libs/room-dag/src/state-resolution/resolve.ts';

const ROUNDS = 9;
const SHAPES = [
  { members: 100, bansPerBranch: 3 },
  { members: 5_000, bansPerBranch: 3 },
  { members: 5_000, bansPerBranch: 60 },
  { members: 5_000, bansPerBranch: 3, formerLevels: 1_000 },
];

console.log(
  '| version | members | bans per branch | former power levels | keys | first, ms | median, ms | slowest, ms |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const version of ['1', '2', '11', '12']) for (const shape of SHAPES) measure(version, shape);

function measure(version, shape) {
  const input = largeRoomInput(buildLargeRoom({ version, branches: 50, ...shape }));
  const times = Array.from({ length: ROUNDS }, () => timeOf(input));
  const sorted = times.toSorted((a, b) => a - b);
  const milliseconds = [times[0], sorted[ROUNDS >> 1], sorted[ROUNDS - 1]].map((time) => time.toFixed(1));
  const { members, bansPerBranch, formerLevels = 0 } = shape;
  const cells = [version, members, bansPerBranch, formerLevels, input.conflicts.length, ...milliseconds];
  console.log(`| ${cells.join(' | ')} |`);
}

function timeOf(input) {
  const start = performance.now();
  const { outcome } = resolveState(input);
  if (outcome !== 'resolved') throw new Error(`The outcome is ${outcome}`);
  return performance.now() - start;
}
