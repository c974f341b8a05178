import { expect, it } from 'vitest';
import { DurableLog } from './durable-log.ts';

interface Asked {
  readonly name: string;
  readonly values: readonly unknown[];
}

function open(rowsOf: Readonly<Record<string, readonly object[]>>): { log: DurableLog; asked: Asked[] } {
  const asked: Asked[] = [];
  const log = new DurableLog({
    async run<Row extends object>({ name }: { name: string }, values: readonly unknown[] = []) {
      asked.push({ name, values });
      return (rowsOf[name] ?? []) as Row[];
    },
  });
  return { log, asked };
}

function row(place: number, offset: number): object {
  return {
    place,
    record_offset: offset,
    key: Buffer.from('k'),
    headers: null,
    value: Buffer.from('v'),
    appended_at: 1,
  };
}

const EDGES = 'topic_read_edges_of_partitions';
const RECORDS = 'topic_read_records_of_partitions';

it('asks for the edges of all partitions that are looked at in one turn by one statement', async () => {
  const edges = { incarnation: 'i', latest: '7', earliest: 3 };
  const { log, asked } = open({
    [EDGES]: [
      { place: 3, ...edges },
      { place: 1, ...edges, latest: 9 },
    ],
  });
  const read = [log.readEdges('a', 0), log.readEdges('a', 5), log.readEdges('b', 0)];
  expect(await Promise.allSettled(read)).toMatchObject([
    { value: { incarnation: 'i', earliest: 3, latest: 9 } },
    { reason: { kind: 'unknown-topic' } },
    { value: { latest: 7 } },
  ]);
  expect(asked).toEqual([
    {
      name: EDGES,
      values: [
        ['a', 'a', 'b'],
        [0, 5, 0],
      ],
    },
  ]);
});

it('gives each partition its own records, in their order', async () => {
  const { log, asked } = open({ [RECORDS]: [row(1, 4), row(1, 5), row(3, 8)] });
  const topic = { name: 'a' } as Parameters<DurableLog['readRecords']>[0];
  const read = await Promise.all([4, 6, 8].map((from, partition) => log.readRecords(topic, partition, from)));
  expect(read.map((records) => records.map(({ offset }) => offset))).toEqual([[4, 5], [], [8]]);
  expect(asked).toMatchObject([{ name: RECORDS, values: [['a', 'a', 'a'], [0, 1, 2], [4, 6, 8], 16] }]);
});
