import type { LogStatement } from './log-database.ts';

/**
 * Allots offsets under the partitions' row locks, in one order of locks, and stores the records under them; the locks are held to
 * commit, so that no reader sees an offset before those below it.
 */
export const APPEND_RECORDS: LogStatement = {
  name: 'topic_append_records',
  text: `
    with wanted as (
      select * from unnest($1::text[], $2::integer[], $3::integer[]) as wanted (topic, partition, record_count)
    ), locked as (
      select p.topic, p.partition, w.record_count
      from topic_partitions p join wanted w using (topic, partition)
      order by p.topic, p.partition for update of p
    ), allotted as (
      update topic_partitions p set next_offset = p.next_offset + l.record_count
      from locked l where p.topic = l.topic and p.partition = l.partition
      returning p.topic, p.partition, p.next_offset - l.record_count as first_offset
    ), stored as (
      insert into topic_records (topic, partition, record_offset, key, headers, value)
      select r.topic, r.partition, a.first_offset + r.place, r.key, r.headers, r.value
      from unnest($4::text[], $5::integer[], $6::integer[], $7::bytea[], $8::text[], $9::bytea[])
        as r (topic, partition, place, key, headers, value)
      join allotted a using (topic, partition)
    )
    select topic, partition, first_offset from allotted`,
};

/** Of several partitions; `place` counts from 1 in what was asked for. There is no row of a partition that is not there. */
export const READ_EDGES: LogStatement = {
  name: 'topic_read_edges_of_partitions',
  text: `
    select wanted.place::integer, p.incarnation::text, p.next_offset as latest, coalesce(
      (select r.record_offset from topic_records r
       where r.topic = p.topic and r.partition = p.partition order by r.record_offset limit 1), p.next_offset) as earliest
    from unnest($1::text[], $2::integer[]) with ordinality as wanted (topic, partition, place)
      join topic_partitions p on p.topic = wanted.topic and p.partition = wanted.partition`,
};

/** Of several partitions, each from an offset on and so many of each at most; `place` as above. */
export const READ_RECORDS: LogStatement = {
  name: 'topic_read_records_of_partitions',
  text: `
    select wanted.place::integer, r.record_offset, r.key, r.headers, r.value,
      (extract(epoch from r.appended_at) * 1000)::float8 as appended_at
    from unnest($1::text[], $2::integer[], $3::bigint[]) with ordinality as wanted (topic, partition, first_offset, place)
      cross join lateral (
        select record_offset, key, headers, value, appended_at from topic_records
        where topic = wanted.topic and partition = wanted.partition and record_offset >= wanted.first_offset
        order by record_offset limit $4
      ) as r
    order by wanted.place, r.record_offset`,
};

export const TRIM_RECORDS: LogStatement = {
  name: 'topic_trim_records',
  text: 'delete from topic_records where topic = $1 and partition = $2 and record_offset < $3',
};

/** Makes a topic that is not there; says how many partitions there are. */
export const SET_UP_TOPIC: LogStatement = {
  name: 'topic_set_up',
  text: `
    with existing as (
      select count(*)::integer as partitions from topic_partitions where topic = $1
    ), made as (
      insert into topic_partitions (topic, partition)
      select $1, partition from generate_series(0, $2::integer - 1) as partition
      where (select partitions from existing) = 0
      on conflict do nothing
    )
    select partitions from existing`,
};
