import { StorageError } from '@plexus/storage';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage } from '../test-support/commands.ts';
import { ALICE, startPersister } from '../test-support/persister-harness.ts';

it('leaves no gap in the log where a transaction breaks after its first statement', async () => {
  const test = await createTestDatabase();
  let isBroken = false;
  async function insideTransaction(): Promise<void> {
    if (!isBroken) return;
    isBroken = false;
    throw new StorageError('broken', { outcomeUnknown: true });
  }
  const harness = await startPersister(test, { transactor: { insideTransaction } });
  try {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    isBroken = true;
    await harness.store(buildMessage(roomId, ALICE, 'hello'));
    await harness.store(buildMessage(roomId, ALICE, 'again'));
    const { rows } = await test.database.query<{ position: number }>('select position from room_log order by position');
    expect(rows.map(({ position }) => Number(position))).toEqual([1, 2, 3, 4, 5, 6]);
  } finally {
    await harness.stop();
    await test.drop();
  }
});
