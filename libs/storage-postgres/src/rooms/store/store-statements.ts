import type { RoomWork } from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';
import { eraseStatements } from './erase-statements.ts';
import { purgeStatements } from './purge-statements.ts';
import { redactedCopies, restored } from './store-copies.ts';
import { authEdges, events, placedEvents, rerooted } from './store-events.ts';
import { commands, log } from './store-log.ts';
import { deadLetters, parked, settledDeadLetters, unparked } from './store-parked.ts';
import { highlights, readProgress, receipts } from './store-receipts.ts';
import { brokenRelations, redactions, relations } from './store-relations.ts';
import { resetResidency, residency } from './store-residency.ts';
import { changeBlock, listedRooms, newRooms, removedRooms, roomChanges } from './store-rooms.ts';
import { backwardExtremities, changeImport, filledExtremities, stateNodes } from './store-state.ts';

/** The conditional update that begins a unit of work. */
export function advanceShards(advances: RoomWork['advances'], isFenced: boolean): BoundStatement {
  const sorted = [...advances].sort((a, b) => a.shard - b.shard);
  const counters = sorted.map((advance) => advance.counters);
  return {
    statement: ADVANCE,
    values: [
      int4Array(sorted.map(({ shard }) => shard)),
      int8Array(sorted.map(({ epoch }) => epoch)),
      int8Array(sorted.map(({ positionBefore }) => positionBefore)),
      int8Array(counters.map(({ position }) => position)),
      int8Array(counters.map(({ lastRoomNid }) => lastRoomNid)),
      int8Array(counters.map(({ lastEventNid }) => lastEventNid)),
      int8Array(counters.map(({ lastNodeNid }) => lastNodeNid)),
      int8Array(counters.map(({ published }) => published)),
      int8Array(counters.map(({ projected }) => projected)),
      int8Array(counters.map(({ inboundOffset }) => inboundOffset)),
      textArray(counters.map(({ inboundIncarnation }) => inboundIncarnation)),
      isFenced,
    ],
  };
}

/**
 * The statements that store a unit of work, one per table that it touches.
 *
 * @NOTE Those of every send unnest their arrays in the list of what they select: as functions in `from`, Postgres writes each array into a store of its
 * own first, 41 of them in a unit of work, which costs more than reading a few rows.
 */
export function storeStatements(work: RoomWork): BoundStatement[] {
  return [
    ...newRooms(work.newRooms),
    ...roomChanges(work.roomChanges),
    ...events(work.events.filter(({ wasOutlier }) => !wasOutlier)),
    ...placedEvents(work.events.filter(({ wasOutlier }) => wasOutlier)),
    ...rerooted(work.rerooted),
    ...redactedCopies(work.redactedCopies),
    ...restored(work.restored),
    ...stateNodes(work.stateNodes),
    ...authEdges(work.events),
    ...redactions(work.events),
    ...relations([...work.events, ...work.relations]),
    ...brokenRelations(work.brokenRelations),
    ...log(work.log),
    ...commands(work.commands),
    ...work.residencyResets.map(resetResidency),
    ...residency(work),
    ...filledExtremities(work.filledExtremities),
    ...backwardExtremities(work.backwardExtremities),
    ...work.imports.map(changeImport),
    ...receipts(work.receipts),
    ...highlights(work.highlights),
    ...readProgress(work.readProgress),
    ...unparked(work.unparked),
    ...parked(work.parked),
    ...deadLetters(work.deadLetters),
    ...settledDeadLetters(work.settledDeadLetters),
    ...work.purges.flatMap(purgeStatements),
    ...work.erasures.flatMap(eraseStatements),
    ...work.blocks.map(changeBlock),
    ...listedRooms(work.listedRooms),
    ...removedRooms(work.removedRooms),
  ];
}

const ADVANCE: Statement = {
  name: 'advance-room-shards',
  text: 'select advance_room_shards($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
};
