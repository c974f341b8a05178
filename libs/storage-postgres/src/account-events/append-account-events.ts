import { accountPartitionOf, keyOfFact } from '@plexus/storage';
import type { AccountFact } from '@plexus/storage';
import { int4Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/**
 * Writes facts into the outbox, in the transaction that stores them. It comes last in the transaction: from here to the commit it holds the rows of
 * the facts' partitions, taken in order.
 */
export async function appendAccountEvents(
  transaction: PostgresTransaction,
  facts: readonly AccountFact[],
): Promise<void> {
  if (facts.length === 0) return;
  await transaction.run(APPEND, [
    int4Array(facts.map((fact) => accountPartitionOf(keyOfFact(fact)))),
    textArray(facts.map((fact) => ('userId' in fact ? fact.userId : undefined))),
    textArray(facts.map((fact) => JSON.stringify(fact))),
  ]);
}

/** @NOTE The position that is raised is the row's newest, whatever the statement's snapshot holds: the row is locked when it is read. */
const APPEND: Statement = {
  name: 'append_account_events',
  text: `with facts as (
           select partition, user_id, fact, row_number() over (partition by partition order by place) as step
             from unnest($1::integer[], $2::text[], $3::text[]) with ordinality as f (partition, user_id, fact, place)
         ), locked as (
           select p.partition, c.steps from account_event_partitions p
             join (select partition, count(*) as steps from facts group by partition) c on c.partition = p.partition
            order by p.partition for update of p
         ), advanced as (
           update account_event_partitions p set position = p.position + l.steps from locked l
            where p.partition = l.partition returning p.partition, p.position - l.steps as before
         )
         insert into account_events (partition, position, user_id, fact)
         select f.partition, a.before + f.step, f.user_id, f.fact::jsonb
           from facts f join advanced a on a.partition = f.partition`,
};
