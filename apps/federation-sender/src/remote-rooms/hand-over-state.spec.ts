import type { RoomCommandReply, RoomCommandRequest } from '@plexus/rpc';
import { beforeEach, expect, it, vi } from 'vitest';
import { HandOverState } from './hand-over-state.ts';
import type { HandedEvent } from './hand-over-state.ts';

const ROOM = { roomId: '!room:far.example', roomVersion: '11', destination: 'one.example' };
const JOIN = { eventId: '$join', bytes: Buffer.from('{"join":true}') };
const ASKED = { origin: 'far.example', partial: false, serversInRoom: [] };
const STORED: RoomCommandReply = { $case: 'stored', value: { eventIds: ['$join'], position: 1 } };

/** What the owner was asked, with who waits for the answer. */
let asked: { readonly request: RoomCommandRequest; readonly answer: (reply: RoomCommandReply) => void }[];
let handOver: HandOverState;
beforeEach(() => {
  asked = [];
  const writer = {
    execute: (request: RoomCommandRequest) =>
      new Promise<RoomCommandReply>((answer) => void asked.push({ request, answer })),
  };
  const random = { bytes: (length: number) => Buffer.alloc(length, 1), fraction: () => 0 };
  handOver = new HandOverState({ writer, random }, ROOM);
});

function events(...names: readonly string[]): HandedEvent[] {
  return names.map((name) => ({
    event: { eventId: `$${name}`, bytes: Buffer.from(`{"n":"${name}"}`) },
    isInState: name.startsWith('s'),
  }));
}

async function answerNext(reply: RoomCommandReply): Promise<RoomCommandRequest> {
  await vi.waitFor(() => expect(asked).not.toHaveLength(0));
  const [next] = asked.splice(0, 1);
  if (next === undefined) throw new Error('nothing was asked');
  next.answer(reply);
  return next.request;
}

function refusal(rule: string): RoomCommandReply {
  return { $case: 'refused', value: { errcode: 'M_UNKNOWN', httpStatus: 400, error: 'no', rule } };
}

it('gives pieces in order, and says in the end how many events they had', async () => {
  await handOver.give(events('s1', 'a1'));
  const second = handOver.give(events('s2'));
  const first = await answerNext(STORED);
  expect(first).toMatchObject({
    roomId: ROOM.roomId,
    command: { $case: 'takeStatePiece', value: { eventsBefore: 0 } },
  });
  expect(first.command?.value).toMatchObject({
    roomVersion: '11',
    destination: 'one.example',
    events: [
      { eventId: '$s1', isInState: true, isRedactedCopy: false },
      { eventId: '$a1', isInState: false, isRedactedCopy: false },
    ],
  });
  await second;
  const finished = handOver.finish(JOIN, ASKED);
  const next = await answerNext(STORED);
  expect(next.command).toMatchObject({ $case: 'takeStatePiece', value: { eventsBefore: 2 } });
  expect(next.commandId).not.toBe(first.commandId);
  const last = await answerNext(STORED);
  expect(last.command).toMatchObject({
    $case: 'importRoom',
    value: { ...ASKED, importId: last.commandId, joinEvent: { eventId: '$join', json: JOIN.bytes }, eventsInPieces: 3 },
  });
  expect(await finished).toEqual({ outcome: 'ok', eventIds: ['$join'] });
});

it('has one piece under way until the owner has begun, two from then on', async () => {
  await handOver.give(events('s1'));
  let given = 1;
  const giving = (async () => {
    for (const name of ['s2', 's3', 's4']) {
      await handOver.give(events(name));
      given += 1;
    }
  })();
  await Promise.resolve();
  expect(given).toBe(1);
  await answerNext(STORED);
  await vi.waitFor(() => expect(given).toBe(3));
  expect(asked).toHaveLength(2);
  await answerNext(STORED);
  await giving;
  expect(given).toBe(4);
});

it('gives nothing more to an owner that did not take a piece, and leaves it to the caller', async () => {
  await handOver.give(events('s1'));
  await answerNext(refusal('command.unknown'));
  await handOver.give(events('s2'));
  await handOver.give(events('s3'));
  expect(asked).toEqual([]);
  expect(await handOver.finish(JOIN, ASKED)).toBeUndefined();
});

it.each(['import.forgotten', 'import.staged'])('leaves it to the caller where the owner says %s', async (rule) => {
  await handOver.give(events('s1'));
  await answerNext(STORED);
  const finished = handOver.finish(JOIN, ASKED);
  await answerNext(refusal(rule));
  expect(await finished).toBeUndefined();
});

it('passes on what else the owner says', async () => {
  await handOver.give(events('s1'));
  await answerNext(STORED);
  const finished = handOver.finish(JOIN, ASKED);
  await answerNext(refusal('auth.join'));
  expect(await finished).toMatchObject({ outcome: 'refused', httpStatus: 400 });
});

it('asks nobody for a state without events', async () => {
  await handOver.give([]);
  expect(asked).toEqual([]);
});
