/**
 * What one event costs on its way in: built, hashed and signed here; or received, checked and verified. Prints CPU microseconds per event,
 * the median of rounds.
 *
 *     npm run build && node_modules/.bin/node scripts/bench/build-room-event.mjs
 */
import { encodeCanonicalJson, parseJson, SigningKey } from '@plexus/matrix-base';
import { buildRoomEvent, checkReceivedPdu, findRoomVersion, parseRoomEvent, toClientEvent } from '@plexus/room-dag';

const ROUNDS = 9;
const ROUND_MS = 150;

const rules = findRoomVersion('12');
const key = new SigningKey('ed25519:bench', new Uint8Array(32).fill(7));
const signers = [{ serverName: 'example.org', key }];
const findKey = () => ({ publicKey: key.publicKey, validUntilTs: Number.MAX_SAFE_INTEGER });
const id = (letter) => '$' + letter.repeat(43);
const proto = {
  type: 'm.room.message',
  sender: '@alice:example.org',
  roomId: '!' + 'r'.repeat(43),
  content: { msgtype: 'm.text', body: 'A message of a usual length, as people write it in a room.' },
  prevEvents: [id('a')],
  authEvents: [id('b'), id('c')],
  depth: 1234,
  originServerTs: 1_700_000_000_000,
};
const built = buildRoomEvent(proto, rules, signers);
if (built.outcome !== 'ok') throw new Error(built.because);
const { event, bytes } = built;

const steps = {
  'build, hash and sign': () => buildRoomEvent(proto, rules, signers),
  'of which the signature': () => key.sign(bytes),
  'parse a received PDU without loss': () => parseJson(bytes),
  'JSON.parse of the same': () => JSON.parse(bytes.toString()),
  'check a received PDU (format, signature, hash, id)': () => checkReceivedPdu(event.pdu, rules, findKey),
  'read a stored event': () => parseRoomEvent(bytes, event.eventId, rules),
  'encode the whole event': () => encodeCanonicalJson(event.pdu),
  'client format as text': () => JSON.stringify(toClientEvent(event, { age: 5 })),
};

console.log(`| step (event of ${bytes.length} bytes) | CPU µs |`);
console.log('|---|---|');
for (const [name, step] of Object.entries(steps)) {
  const samples = Array.from({ length: ROUNDS }, () => measure(step)).sort((a, b) => a - b);
  console.log(`| ${name} | ${samples[Math.floor(ROUNDS / 2)].toFixed(2)} |`);
}

function measure(step) {
  let calls = 0;
  const start = process.cpuUsage();
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    for (let n = 0; n < 50; n++) step();
    calls += 50;
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}
