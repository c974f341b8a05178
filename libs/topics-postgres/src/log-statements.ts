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

export const READ_EDGES: LogStatement = {
  name: 'topic_read_edges',
  text: `
    select p.incarnation::text, p.next_offset as latest, coalesce(
      (select r.record_offset from topic_records r
       where r.topic = p.topic and r.partition = p.partition order by r.record_offset limit 1), p.next_offset) as earliest
    from topic_partitions p where p.topic = $1 and p.partition = $2`,
};

export const READ_RECORDS: LogStatement = {
  name: 'topic_read_records',
  text: `
    select record_offset, key, headers, value, (extract(epoch from appended_at) * 1000)::float8 as appended_at
    from topic_records where topic = $1 and partition = $2 and record_offset >= $3
    order by record_offset limit $4`,
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
