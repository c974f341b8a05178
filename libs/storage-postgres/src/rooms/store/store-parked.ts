import type { RoomWork, UnparkedPdu } from '@plexus/storage';
import { byteaArray, int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

export function unparked(list: RoomWork['unparked']): BoundStatement[] {
  if (list.length === 0) return [];
  const [done, givenUp] = [list.filter(({ givenUpBecause }) => givenUpBecause === undefined), list.filter(isGivenUp)];
  const because = textArray(givenUp.map(({ givenUpBecause }) => givenUpBecause));
  return [
    ...(done.length === 0 ? [] : [{ statement: DELETE_PARKED, values: placesOf(done) }]),
    ...(givenUp.length === 0 ? [] : [{ statement: GIVE_UP_PARKED, values: [...placesOf(givenUp), because] }]),
  ];
}

function placesOf(list: RoomWork['unparked']): BoundStatement['values'] {
  return [int4Array(list.map(({ shard }) => shard)), textArray(list.map(({ eventId }) => eventId))];
}

function isGivenUp(pdu: RoomWork['unparked'][number]): pdu is UnparkedPdu & { readonly givenUpBecause: string } {
  return pdu.givenUpBecause !== undefined;
}

export function parked(list: RoomWork['parked']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_PARKED,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        textArray(list.map(({ roomId }) => roomId)),
        textArray(list.map(({ eventId }) => eventId)),
        textArray(list.map(({ origin }) => origin)),
        textArray(list.map(({ destination }) => destination)),
        textArray(list.map(({ missingEventIds }) => JSON.stringify(missingEventIds))),
        byteaArray(list.map(({ record }) => record)),
      ],
    },
  ];
}

export function deadLetters(list: RoomWork['deadLetters']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_DEAD_LETTERS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        textArray(list.map(({ source }) => source)),
        textArray(list.map(({ roomId }) => roomId)),
        textArray(list.map(({ eventId }) => eventId)),
        textArray(list.map(({ origin }) => origin)),
        textArray(list.map(({ error }) => error)),
        byteaArray(list.map(({ record }) => record)),
        int4Array(list.map(({ attempts }) => attempts)),
      ],
    },
  ];
}

export function settledDeadLetters(list: RoomWork['settledDeadLetters']): BoundStatement[] {
  if (list.length === 0) return [];
  const values = [int4Array(list.map(({ shard }) => shard)), int8Array(list.map((letter) => letter.deadLetterNid))];
  return [{ statement: DELETE_DEAD_LETTERS, values }];
}

const INSERT_PARKED: Statement = {
  name: 'insert-parked-pdus',
  text: `insert into parked_pdus (shard, room_id, event_id, origin, destination, missing_event_ids, record)
         select shard, room_id, event_id, origin, destination,
           array(select jsonb_array_elements_text(missing_event_ids::jsonb)), record
         from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
           as p (shard, room_id, event_id, origin, destination, missing_event_ids, record)
         on conflict (shard, event_id) do update set missing_event_ids = excluded.missing_event_ids`,
};

const DELETE_PARKED: Statement = {
  name: 'delete-parked-pdus',
  text: `delete from parked_pdus using unnest($1::int[], $2::text[]) as p (shard, event_id)
         where parked_pdus.shard = p.shard and parked_pdus.event_id = p.event_id`,
};

const GIVE_UP_PARKED: Statement = {
  name: 'give-up-parked-pdus',
  text: `with gone as (
           delete from parked_pdus using unnest($1::int[], $2::text[], $3::text[]) as p (shard, event_id, because)
           where parked_pdus.shard = p.shard and parked_pdus.event_id = p.event_id
           returning parked_pdus.shard, parked_pdus.room_id, parked_pdus.event_id, parked_pdus.origin, p.because
         )
         insert into given_up_pdus (shard, room_id, event_id, origin, because) select * from gone`,
};

const INSERT_DEAD_LETTERS: Statement = {
  name: 'insert-dead-letters',
  text: `insert into dead_letters (shard, source, room_id, event_id, origin, error, record, attempts)
         select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::int[])`,
};

const DELETE_DEAD_LETTERS: Statement = {
  name: 'delete-dead-letters',
  text: `delete from dead_letters using unnest($1::int[], $2::bigint[]) as d (shard, dead_letter_nid)
         where dead_letters.shard = d.shard and dead_letters.dead_letter_nid = d.dead_letter_nid`,
};
