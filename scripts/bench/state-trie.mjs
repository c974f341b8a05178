// Measures the state trie of libs/room-dag: `tsc -b libs/room-dag && node scripts/bench/state-trie.mjs [--write]`.
// With --write the result goes to docs/measurements/state-trie.md.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import {
  decodeStateNode,
  diffStates,
  EMPTY_ROOT,
  encodeStateNode,
  findStateConflicts,
  listState,
  lookupState,
  updateState,
} from '@plexus/room-dag';
import { format } from 'oxfmt';

const CHANGES = 2_000;
const ROOM_SIZES = [10, 200, 1_000, 5_000, 20_000, 100_000];
/** Tuple header, keys (shard, room, node), line pointer and padding, and the entry of the primary key's index at 90 % fill. */
const ROW_OVERHEAD_BYTES = 24 + 8 + 16 + 4 + 4 + 40;

const report = [
  '# The state trie',
  '',
  `Node ${process.version}, ${cpus()[0]?.model.trim()}; \`node scripts/bench/state-trie.mjs --write\`. ${CHANGES.toLocaleString('en')} membership changes`,
  'of random members, one root each, on rooms of several sizes with 14 other state events; node ids around 10,000,000. "Stored" adds the',
  `row and primary key of \`state_nodes\`, reckoned at ${ROW_OVERHEAD_BYTES} bytes per node.`,
  '',
  '## One membership change',
  '',
  '| members | nodes | node bytes | stored bytes | update µs | with encoding µs | cold: decode, update, encode µs | lookup µs |',
  '|---|---|---|---|---|---|---|---|',
  ...ROOM_SIZES.map(changeRow),
  '',
  '## Whole states',
  '',
  '| members | nodes | node bytes | build ms | list all ms | nodes read for all state but members |',
  '|---|---|---|---|---|---|',
  ...ROOM_SIZES.map(wholeRow),
  '',
  '## 50 branches of one state, 20 changes each',
  '',
  '| members | nodes read | conflicted keys | split ms |',
  '|---|---|---|---|',
  ...ROOM_SIZES.slice(1).map(forkRow),
  '',
  '## Two states, one change apart',
  '',
  '| members | nodes read | diff µs |',
  '|---|---|---|',
  ...ROOM_SIZES.map(diffRow),
  '',
].join('\n');
console.log(report);
if (process.argv.includes('--write')) {
  const { code } = await format('state-trie.md', report);
  writeFileSync(new URL('../../docs/measurements/state-trie.md', import.meta.url), code);
}

function changeRow(size) {
  const room = makeRoom(size);
  const change = makeChanges(size);
  let root = room.root;
  for (let i = 0; i < CHANGES; i += 1) root = room.update(root, [change()]).root;
  const updates = [];
  const update = microseconds(() => {
    const updated = room.update(root, [change()]);
    root = updated.root;
    updates.push(updated.created);
  });
  const sizes = updates.flat().map(({ node }) => encodeStateNode(node).length);
  const nodes = sizes.length / CHANGES;
  const bytes = sizes.reduce((sum, length) => sum + length, 0) / CHANGES;
  const encoded = microseconds(() => {
    const updated = room.update(root, [change()]);
    root = updated.root;
    for (const { node } of updated.created) encodeStateNode(node);
  });
  const stored = new Map(Array.from(room.nodes, ([id, node]) => [id, encodeStateNode(node)]));
  const cold = microseconds(() => {
    const nodes = { find: (id) => decodeStateNode(stored.get(id)) };
    const updated = updateState(room.root, [change()], { nodes, allotId: () => 20_000_000 });
    for (const { node } of updated.created) encodeStateNode(node);
  });
  const lookup = microseconds(() => lookupState(root, change(), room.store));
  const storedBytes = bytes + nodes * ROW_OVERHEAD_BYTES;
  return row(size, nodes.toFixed(2), whole(bytes), whole(storedBytes), ...[update, encoded, cold, lookup].map(fixed));
}

function wholeRow(size) {
  const entries = stateOf(size);
  const build = milliseconds(() => makeRoom(size, entries));
  const room = makeRoom(size, entries);
  const bytes = [...room.nodes.values()].reduce((sum, node) => sum + encodeStateNode(node).length, 0);
  const list = milliseconds(() => listState(room.root, { select: 'all', limit: Infinity }, room.store));
  room.read.clear();
  listState(room.root, { select: 'nonMembers', limit: Infinity }, room.store);
  return row(size, whole(room.nodes.size), whole(bytes), fixed(build), fixed(list), room.read.size);
}

function forkRow(size) {
  const room = makeRoom(size);
  const change = makeChanges(size);
  const roots = Array.from({ length: 50 }, () => room.update(room.root, Array.from({ length: 20 }, change)).root);
  room.read.clear();
  const { conflicts } = findStateConflicts(roots, room.store);
  const read = room.read.size;
  return row(
    size,
    whole(read),
    whole(conflicts.length),
    fixed(milliseconds(() => findStateConflicts(roots, room.store))),
  );
}

function diffRow(size) {
  const room = makeRoom(size);
  const other = room.update(room.root, [makeChanges(size)()]).root;
  room.read.clear();
  diffStates(room.root, other, room.store);
  const read = room.read.size;
  return row(size, read, fixed(microseconds(() => diffStates(room.root, other, room.store))));
}

function makeRoom(size, entries = stateOf(size)) {
  const nodes = new Map();
  const read = new Set();
  const find = (id) => {
    read.add(id);
    return nodes.get(id);
  };
  let lastId = 10_000_000;
  const context = { nodes: { find }, allotId: () => (lastId += 1) };
  const update = (root, changes) => {
    const updated = updateState(root, changes, context);
    for (const { id, node } of updated.created) nodes.set(id, node);
    return updated;
  };
  return { nodes, read, store: { find }, update, root: update(EMPTY_ROOT, entries).root };
}

function stateOf(size) {
  const types = [
    'create',
    'power_levels',
    'join_rules',
    'name',
    'topic',
    'avatar',
    'history_visibility',
    'guest_access',
  ];
  const others = types.map((type) => ({ type: `m.room.${type}`, stateKey: '' }));
  const widgets = Array.from({ length: 6 }, (_, i) => ({ type: 'im.vector.modular.widgets', stateKey: `widget-${i}` }));
  const members = Array.from({ length: size }, (_, i) => memberKey(i));
  return [...others, ...widgets, ...members].map((key, i) => ({ ...key, eventNid: 1_000_000 + i }));
}

function memberKey(i) {
  return { type: 'm.room.member', stateKey: `@user-${i * 7919}:example${i % 50}.org` };
}

/** Each call changes another member, in an order that is the same in every run. */
function makeChanges(size) {
  let seed = 12_345;
  let nid = 5_000_000;
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    nid += 1;
    return { ...memberKey(Math.floor((seed / 2 ** 32) * size)), eventNid: nid };
  };
}

function microseconds(act) {
  const started = performance.now();
  for (let i = 0; i < CHANGES; i += 1) act();
  return ((performance.now() - started) * 1_000) / CHANGES;
}

function milliseconds(act) {
  act();
  const started = performance.now();
  for (let i = 0; i < 3; i += 1) act();
  return (performance.now() - started) / 3;
}

function row(size, ...cells) {
  return `| ${whole(size)} | ${cells.join(' | ')} |`;
}

function whole(value) {
  return Math.round(value).toLocaleString('en');
}

function fixed(value) {
  return value.toFixed(1);
}
