import { TopicError } from '@plexus/topics';
import { describe, expect, it, vi } from 'vitest';
import { awaitBrokers } from './await-brokers.ts';

describe('awaitBrokers', () => {
  const lacking = createFailure('INVALID_REPLICATION_FACTOR');

  it('makes a topic when there are enough brokers again', async () => {
    const make = vi.fn<() => Promise<string>>().mockRejectedValueOnce(lacking).mockRejectedValueOnce(lacking);
    make.mockResolvedValue('made');
    expect(await awaitBrokers(make, patienceOf(1_000))).toBe('made');
    expect(make).toHaveBeenCalledTimes(3);
  });

  it('waits for a controller too, while no broker is known to be one', async () => {
    const cause = Object.assign(new Error('Broker -1 not found'), { name: 'KafkaJSBrokerNotFound' });
    const unknown = new TopicError('unavailable', 'Kafka cannot be asked', { cause });
    const make = vi.fn<() => Promise<string>>().mockRejectedValueOnce(unknown).mockResolvedValue('made');
    expect(await awaitBrokers(make, patienceOf(1_000))).toBe('made');
  });

  it('says what is wrong when they do not come', async () => {
    const make = vi.fn<() => Promise<string>>().mockRejectedValue(lacking);
    await expect(awaitBrokers(make, patienceOf(1_000))).rejects.toBe(lacking);
    expect(make).toHaveBeenCalledTimes(11);
  });

  it('does not wait where waiting does not help', async () => {
    const refused = createFailure('TOPIC_AUTHORIZATION_FAILED');
    const make = vi.fn<() => Promise<string>>().mockRejectedValue(refused);
    await expect(awaitBrokers(make, patienceOf(1_000))).rejects.toBe(refused);
    expect(make).toHaveBeenCalledTimes(1);
  });
});

/** A clock that only moves while somebody waits. */
function patienceOf(withinMs: number) {
  let now = 0;
  const delay = async (ms: number): Promise<void> => void (now += ms);
  return { clock: { now: () => now, delay }, withinMs, pauseMs: 100 };
}

/** As the client throws it, in the words of the port. */
function createFailure(type: string): TopicError {
  const cause = Object.assign(new Error('Topic creation errors'), {
    errors: [Object.assign(new Error('refused'), { type })],
  });
  return new TopicError('unavailable', 'Kafka cannot be asked', { cause });
}
