import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RoomScript, SyncHarness } from '../test-support/sync-harness.ts';
import { observeParts } from './telemetry.ts';

const ALICE = '@alice:a.example';

it('tells under the names of Synapse’s notifier who waits, in how many rooms, and what came for them', async () => {
  const harness = await SyncHarness.started();
  const registry = new Registry();
  observeParts(registry, harness.parts);
  const shown = async (): Promise<Record<string, number>> => {
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('synapse_notifier_'));
    return Object.fromEntries(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
  };
  const tea = new RoomScript(harness, '!tea:a.example');
  tea.create(ALICE);
  new RoomScript(harness, '!elsewhere:a.example').create('@bob:a.example');
  const events = (await shown())['synapse_notifier_notified_events_total'] ?? 0;
  expect(events).toBeGreaterThan(2);
  const { next_batch: since } = await harness.sync(ALICE);
  const waiting = harness.sync(ALICE, { since, timeout: 30_000 });
  await expect.poll(shown).toEqual({
    synapse_notifier_listeners: 1,
    synapse_notifier_users: 1,
    synapse_notifier_rooms: 1,
    synapse_notifier_notified_events_total: events,
  });
  tea.say(ALICE, 'hello');
  await waiting;
  expect(await shown()).toMatchObject({
    synapse_notifier_listeners: 0,
    synapse_notifier_notified_events_total: events + 1,
  });
});
