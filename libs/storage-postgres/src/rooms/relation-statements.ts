import type { Statement } from '../postgres/statement.ts';

/** So many candidates each for the replacement and for the latest reply: the first may not be shown. */
const CANDIDATES = 5;
/** So many references of one event are told. */
const REFERENCES = 100;

/** Of a parent: $7 are senders that are left out, ($8, $9) is where its children end for who asks. */
const CHILD = `
  r.shard = $1 and r.room_nid = $2 and r.parent_event_id = p.event_id and r.sender <> all($7::text[])
    and (r.topological_position, r.event_nid) < ($8::bigint, $9::bigint)`;

/** @NOTE Most events have no relations at all: one look into the index for each of these. */
export const FIND_RELATED: Statement = {
  name: 'find-related-events',
  text: `
    with p as materialized (
      select p.* from unnest($3::text[], $4::text[], $5::text[]) as p (event_id, sender, type)
      where exists (
        select from event_relations r where r.shard = $1 and r.room_nid = $2 and r.parent_event_id = p.event_id
      )
    )
    select p.event_id as parent_event_id,
      array(
        select r.event_nid from event_relations r
        where ${CHILD} and r.relation_type = 'm.replace' and r.is_replacement and r.sender = p.sender and r.event_type = p.type
        order by r.origin_server_ts desc, r.event_id collate "C" desc limit ${CANDIDATES}
      ) as replacements,
      array(
        select r.event_nid from event_relations r where ${CHILD} and r.relation_type = 'm.reference'
        order by r.topological_position, r.event_nid limit ${REFERENCES}
      ) as "references",
      case when $10::boolean
        then (select count(*) from event_relations r where ${CHILD} and r.relation_type = 'm.thread')
        else t.reply_count - (
          select count(*) from event_relations r
          where r.shard = $1 and r.room_nid = $2 and r.parent_event_id = p.event_id and r.relation_type = 'm.thread'
            and r.sender = any($7::text[])
        )
      end as reply_count,
      array(
        select r.event_nid from event_relations r where t.reply_count > 0 and ${CHILD} and r.relation_type = 'm.thread'
        order by r.topological_position desc, r.event_nid desc limit ${CANDIDATES}
      ) as latest,
      exists (
        select from event_relations r
        where t.reply_count > 0 and ${CHILD} and r.relation_type = 'm.thread' and r.sender = $6
      ) as has_replied
    from p left join room_threads t on t.shard = $1 and t.room_nid = $2 and t.root_event_id = p.event_id`,
};

export const PAGE_THREADS: Statement = {
  name: 'page-room-threads',
  text: `select root_event_id, latest_topological_position, latest_event_nid from room_threads
         where shard = $1 and room_nid = $2 and (latest_topological_position, latest_event_nid) < ($3::bigint, $4::bigint)
         order by latest_topological_position desc, latest_event_nid desc limit $5`,
};

/** What is asked for, each step on the way there too. */
const MATCHING = '($4::text is null or r.relation_type = $4) and ($5::text is null or r.event_type = $5)';

/** Both ends exclusive. */
const WITHIN = `
  (r.topological_position, r.event_nid) < ($6::bigint, $7::bigint)
    and (r.topological_position, r.event_nid) > ($8::bigint, $9::bigint)`;

/** So many relations of one event are followed further. */
const FOLLOWED = 2_000;

export function relationStatement(direction: 'backwards' | 'forwards', kind: 'direct' | 'nested'): Statement {
  return STATEMENTS[direction][kind];
}

const STATEMENTS = {
  backwards: { direct: directStatement('backwards', 'desc'), nested: nestedStatement('backwards', 'desc') },
  forwards: { direct: directStatement('forwards', 'asc'), nested: nestedStatement('forwards', 'asc') },
};

/** A page of each type of relations, merged: the index has them in order for each. */
function directStatement(name: string, order: 'asc' | 'desc'): Statement {
  return {
    name: `page-relations-${name}`,
    text: `
      with recursive ${typesOf('$3')}
      select r.event_nid from types t cross join lateral (${pageOfType('$3', order)}) r
      order by r.topological_position ${order}, r.event_nid ${order} limit $10`,
  };
}

/**
 * What relates to the event over up to $11 steps. @NOTE Of an event to which very many relate, only the newest are followed: an event comes after
 * the one to which it relates, so these have what a page is about.
 */
function nestedStatement(name: string, order: 'asc' | 'desc'): Statement {
  return {
    name: `page-nested-relations-${name}`,
    text: `
      with recursive ${typesOf('$3')}, followed as (
        (
          select r.event_id, 1 as depth from event_relations r
          where r.shard = $1 and r.room_nid = $2 and r.parent_event_id = $3 and ${MATCHING}
            and (r.topological_position, r.event_nid) < ($6::bigint, $7::bigint)
          order by r.topological_position desc, r.event_nid desc limit ${FOLLOWED}
        )
        union
        select r.event_id, f.depth + 1 from followed f join event_relations r
          on r.shard = $1 and r.room_nid = $2 and r.parent_event_id = f.event_id
        where f.depth < $11::int and ${MATCHING}
      ), found as (
        select r.event_nid, r.topological_position from types t cross join lateral (${pageOfType('$3', order)}) r
        union
        select r.event_nid, r.topological_position from followed f join event_relations r
          on r.shard = $1 and r.room_nid = $2 and r.parent_event_id = f.event_id
        where f.depth < $11::int and ${MATCHING} and ${WITHIN}
      )
      select event_nid from found order by topological_position ${order}, event_nid ${order} limit $10`,
  };
}

/** The types of relations that an event has, one look into the index for each. */
function typesOf(parent: string): string {
  return `types (relation_type) as (
    (
      select min(r.relation_type) from event_relations r
      where r.shard = $1 and r.room_nid = $2 and r.parent_event_id = ${parent} and ($4::text is null or r.relation_type = $4)
    )
    union all
    select (
      select min(r.relation_type) from event_relations r
      where r.shard = $1 and r.room_nid = $2 and r.parent_event_id = ${parent} and $4::text is null
        and r.relation_type > t.relation_type
    ) from types t where t.relation_type is not null
  )`;
}

function pageOfType(parent: string, order: 'asc' | 'desc'): string {
  return `
    select r.event_nid, r.topological_position from event_relations r
    where r.shard = $1 and r.room_nid = $2 and r.parent_event_id = ${parent} and r.relation_type = t.relation_type
      and ($5::text is null or r.event_type = $5) and ${WITHIN}
    order by r.topological_position ${order}, r.event_nid ${order} limit $10`;
}
