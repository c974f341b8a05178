/**
 * Compares ways to encode canonical JSON, all of them correct (each is checked against the others first), over inputs as a homeserver
 * sees them. Prints CPU microseconds per encoding and MB per CPU second, the median of alternating rounds.
 *
 *     npm run build && node_modules/.bin/node scripts/bench/canonical-json.mjs
 */
import { compareByCodePoint, encodeCanonicalJson } from '@plexus/matrix-base';

const ROUNDS = 9;
const ROUND_MS = 60;

const variants = {
  library: encodeCanonicalJson,
  plain: encodePlainly,
  'key table': encodeWithKeyTable,
  'sorted copy': (value) => JSON.stringify(sortedCopy(value)),
  'native if sorted': encodeNativelyIfSorted,
};

/** The textbook form: sort the keys by code point, quote every string with JSON.stringify. */
function encodePlainly(value) {
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return '[' + value.map(encodePlainly).join(',') + ']';
  const keys = Object.keys(value).sort(compareByCodePoint);
  return '{' + keys.map((key) => quote(key) + ':' + encodePlainly(value[key])).join(',') + '}';
}

/** Remembers the quoted form of keys, and whether they need the order by code point. */
const quotedKeys = new Map();
function encodeWithKeyTable(value) {
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'string') return quoteFast(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    let json = '[';
    for (let index = 0; index < value.length; index++)
      json += (index > 0 ? ',' : '') + encodeWithKeyTable(value[index]);
    return json + ']';
  }
  const keys = Object.keys(value);
  let astral = false;
  let sorted = true;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    let entry = quotedKeys.get(key);
    if (entry === undefined) {
      entry = { json: quoteFast(key) + ':', astral: /[\ud800-\udfff]/.test(key) };
      if (quotedKeys.size < 4096 && key.length <= 64) quotedKeys.set(key, entry);
    }
    astral ||= entry.astral;
    if (index > 0 && key < keys[index - 1]) sorted = false;
  }
  if (astral) keys.sort(compareByCodePoint);
  else if (!sorted) keys.sort();
  let json = '{';
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    json +=
      (index > 0 ? ',' : '') + (quotedKeys.get(key)?.json ?? quoteFast(key) + ':') + encodeWithKeyTable(value[key]);
  }
  return json + '}';
}

/** Rebuilds the value with sorted keys for one native JSON.stringify. An object with integer-like keys cannot be rebuilt in that order. */
function sortedCopy(value) {
  if (typeof value === 'number') return Number(encodeNumber(value));
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('surrogate');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortedCopy);
  const keys = Object.keys(value).sort(compareByCodePoint);
  if (keys.some((key) => /^\d+$/.test(key) || key === '__proto__')) return JSON.rawJSON(encodePlainly(value));
  const copy = {};
  for (const key of keys) copy[key] = sortedCopy(value[key]);
  return copy;
}

/** Looks whether everything is in order already, as in what was read from storage, and then leaves it to JSON.stringify. */
function encodeNativelyIfSorted(value) {
  return isInOrder(value) ? JSON.stringify(value) : encodeCanonicalJson(value);
}

function isInOrder(value) {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  const keys = Object.keys(value);
  for (let index = 0; index < keys.length; index++) {
    if (index > 0 && compareByCodePoint(keys[index - 1], keys[index]) > 0) return false;
    if (!keys[index].isWellFormed() || !isInOrder(value[keys[index]])) return false;
  }
  return true;
}

function encodeNumber(number) {
  if (!Number.isSafeInteger(number)) throw new Error('number');
  return String(number);
}

function quote(text) {
  if (!text.isWellFormed()) throw new Error('surrogate');
  return JSON.stringify(text);
}

function quoteFast(text) {
  return /[^ !#-[\]-\ud7ff\ue000-\uffff]/.test(text) ? quote(text) : '"' + text + '"';
}

const id = (letter) => '$' + letter.repeat(43);
const message = { msgtype: 'm.text', body: 'A message of a usual length, as people write it in a room.' };
const pdu = (content, type = 'm.room.message') => ({
  type,
  room_id: '!' + 'r'.repeat(43),
  sender: '@alice:example.org',
  content,
  depth: 1234,
  origin_server_ts: 1_700_000_000_000,
  prev_events: [id('a')],
  auth_events: [id('b'), id('c'), id('d')],
  hashes: { sha256: 'h'.repeat(43) },
  signatures: { 'example.org': { 'ed25519:a_key': 's'.repeat(86) } },
});
const users = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [`@user${(n * 37) % 60}:server${n % 7}.example.org`, n]),
);

const inputs = {
  'content of a message': message,
  'message event': pdu(message),
  'message event, sorted': JSON.parse(encodeCanonicalJson(pdu(message))),
  'message with emoji and line feeds': pdu({
    ...message,
    body: 'Ä longer message 😀\n'.repeat(12),
    '😀': 1,
    '\uff5e': 2,
  }),
  'power levels of 60 users': pdu(
    { users, ban: 50, events: { 'm.room.name': 50, 'm.room.power_levels': 100 } },
    'm.room.power_levels',
  ),
  'ciphertext of 20 KB': pdu({
    algorithm: 'm.megolm.v1.aes-sha2',
    ciphertext: 'AwgA'.repeat(5000),
    session_id: 'x'.repeat(43),
  }),
};

for (const [name, input] of Object.entries(inputs)) {
  const expected = encodeCanonicalJson(input);
  for (const [variant, encode] of Object.entries(variants)) {
    if (encode(input) !== expected) throw new Error(`${variant} is wrong on ${name}`);
  }
}

console.log(`| input | bytes | ${Object.keys(variants).join(' | ')} |`);
console.log(
  `|---|---|${Object.keys(variants)
    .map(() => '---|')
    .join('')}`,
);
for (const [name, input] of Object.entries(inputs)) {
  const bytes = Buffer.byteLength(encodeCanonicalJson(input));
  const times = Object.fromEntries(Object.keys(variants).map((variant) => [variant, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [variant, encode] of Object.entries(variants)) times[variant].push(measure(() => encode(input)));
  }
  const cells = Object.values(times).map((samples) => {
    const median = samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)];
    return `${median.toFixed(2)} µs, ${(bytes / median).toFixed(0)} MB/s`;
  });
  console.log(`| ${name} | ${bytes} | ${cells.join(' | ')} |`);
}

/** CPU microseconds per call; the text is made flat, as hashing or writing it would. */
function measure(encode) {
  let calls = 0;
  const start = process.cpuUsage();
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    for (let n = 0; n < 50; n++) Buffer.byteLength(encode());
    calls += 50;
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}
