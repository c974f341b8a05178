import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import { DEFAULT_WRITE_LIMITS } from './write-limits.ts';

const AT_ONCE = 10;
const ROOMS = 40;

describe('hosted servers', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test, {
      writeLimits: { ...DEFAULT_WRITE_LIMITS, events: AT_ONCE, serverBytes: 200_000 },
    });
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function createRoom(creator: string): Promise<string> {
    const { roomId, command } = buildCreateRoom({ creator }, harness.servers);
    await harness.store(command);
    return roomId;
  }

  it('take turns: one with many rooms that have much to say does not hold up another one', async () => {
    const busy = await Promise.all(Array.from({ length: ROOMS }, () => createRoom(ALICE)));
    const quiet = await createRoom(BOB);
    const order: string[] = [];
    const said = busy.flatMap((roomId) =>
      ['one', 'two', 'three'].map((body) =>
        harness.store(buildMessage(roomId, ALICE, body)).then(() => order.push('busy')),
      ),
    );
    await harness.store(buildMessage(quiet, BOB, 'a word')).then(() => order.push('quiet'));
    await Promise.all(said);
    expect(order).toHaveLength(said.length + 1);
    expect(order.indexOf('quiet')).toBeLessThan(2 * AT_ONCE);
  });

  it('have a share of what may wait each: more of one that is busy is refused, of another it is taken', async () => {
    const busy = await createRoom(ALICE);
    const quiet = await createRoom(BOB);
    const body = 'x'.repeat(30_000);
    const answers = Array.from({ length: 20 }, (_, index) =>
      harness.execute(buildMessage(busy, ALICE, `${body}${index}`)),
    );
    await harness.store(buildMessage(quiet, BOB, 'a word'));
    const outcomes = (await Promise.all(answers)).map(({ $case }) => $case);
    expect(outcomes.filter((outcome) => outcome === 'stored').length).toBeGreaterThanOrEqual(6);
    expect(outcomes.filter((outcome) => outcome === 'overloaded').length).toBeGreaterThanOrEqual(8);
  });
});
