import { maxBy, of, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const kafka: Dashboard = {
  name: 'kafka',
  title: 'topics and their lag',
  rows: [
    {
      title: 'Readers',
      panels: [
        lines({ title: 'Lag', about: 'Records that are not done, by topic and reader. Runbook: topic-reader-stuck.' }, [
          sumBy('topic, reader', of('plexus_topic_reader_lag_records')),
          '{{topic}} {{reader}}',
        ]),
        lines(
          {
            title: 'Oldest record',
            about: 'Age of the oldest record that is here and not done.',
            unit: 's',
            bound: 60,
          },
          [maxBy('topic, reader', of('plexus_topic_reader_oldest_seconds')), '{{topic}} {{reader}}'],
        ),
        lines(
          { title: 'Bytes that are here', about: 'Bounded per partition: then the reader pauses.', unit: 'bytes' },
          [sumBy('topic, reader', of('plexus_topic_reader_waiting_bytes')), '{{topic}} {{reader}}'],
        ),
        lines({ title: 'Records', about: 'Handed over per second.', unit: 'ops' }, [
          sumBy('topic, reader', rate('plexus_topic_reader_records_total')),
          '{{topic}} {{reader}}',
        ]),
        lines(
          { title: 'Failures', about: 'Of reading or handling; they are tried again.', unit: 'ops' },
          [sumBy('topic, reader', rate('plexus_topic_reader_failures_total')), '{{topic}} {{reader}}'],
          [sumBy('topic, reader', rate('plexus_topic_reader_undecodable_total')), '{{topic}} {{reader}} unreadable'],
          [sumBy('topic, reader', rate('plexus_topic_reader_resets_total')), '{{topic}} {{reader}} made anew'],
        ),
        lines({ title: 'Partitions', about: 'By process: a group shares them, `every-process` has all.' }, [
          sumBy('reader, instance', of('plexus_topic_reader_partitions')),
          '{{reader}} {{instance}}',
        ]),
      ],
    },
    {
      title: 'Writers',
      panels: [
        lines({ title: 'Records', about: 'That topics took, per second.', unit: 'ops' }, [
          sumBy('topic', rate('plexus_topic_produced_records_total')),
          '{{topic}}',
        ]),
        lines({ title: 'Not acknowledged', about: 'Bytes that wait. Runbook: topic-writer-stuck.', unit: 'bytes' }, [
          sumBy('topic', of('plexus_topic_producer_waiting_bytes')),
          '{{topic}}',
        ]),
        lines(
          {
            title: 'Oldest that is not acknowledged',
            about: 'Kafka is away, or a partition has no leader.',
            unit: 's',
            bound: 10,
          },
          [maxBy('topic', of('plexus_topic_producer_oldest_seconds')), '{{topic}}'],
        ),
        lines({ title: 'Refused', about: 'Times that a topic did not take records.', unit: 'ops' }, [
          sumBy('topic', rate('plexus_topic_produce_failures_total')),
          '{{topic}}',
        ]),
        lines({ title: 'Records that wait', about: 'To be acknowledged.' }, [
          sumBy('topic', of('plexus_topic_producer_waiting_records')),
          '{{topic}}',
        ]),
      ],
    },
  ],
};
