import { MatrixHttp } from '../support/matrix-client.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { LoadClient } from './load-client.ts';
import type { Round } from './measure.ts';
import type { ScenarioResult } from './report.ts';
import type { Scenario, Stage } from './scenarios/scenario.ts';
import { summarize } from './statistics.ts';
import type { Summary } from './statistics.ts';
import type { Target } from './targets/target.ts';
import { waitForRest } from './wait-for-rest.ts';

const REGISTRATIONS_AT_ONCE = 8;

/**
 * Prepares a scenario on every target, then measures the targets in turn, `rounds` times after one that does not count. Each round begins when all of
 * them are at rest.
 */
export async function runScenario(
  scenario: Scenario,
  targets: readonly Target[],
  rounds: number,
): Promise<ScenarioResult> {
  const results: Record<string, Summary | string> = {};
  const runs: { target: Target; measureRound: (round: number) => Promise<Round>; counted: Round[]; stage: Stage }[] =
    [];
  for (const target of targets) {
    const skipped = scenario.skips?.(target);
    if (skipped !== undefined) {
      results[target.name] = skipped;
      continue;
    }
    const stage = openStage(target);
    runs.push({ target, stage, counted: [], measureRound: await scenario.prepare(stage) });
  }
  for (let round = 0; round <= rounds; round += 1) {
    for (const run of runs) {
      await waitForRest(targets);
      const measured = await run.measureRound(round);
      if (round > 0) run.counted.push(measured);
    }
  }
  for (const run of runs) {
    results[run.target.name] = summarize(run.counted);
    run.stage.http.close();
    await run.stage.load.close();
  }
  return { scenario: scenario.name, unit: scenario.unit, targets: results };
}

let lastUser = 0;

function openStage(target: Target): Stage {
  const http = new MatrixHttp(target);
  const newUser = (): Promise<MatrixClient> => http.register(`user${++lastUser}`);
  return {
    target,
    http,
    load: new LoadClient(target),
    newUser,
    async newUsers(count) {
      const users: MatrixClient[] = [];
      const lane = async (): Promise<void> => {
        while (users.length + started < count) {
          started += 1;
          const user = await newUser();
          started -= 1;
          users.push(user);
        }
      };
      let started = 0;
      await Promise.all(Array.from({ length: REGISTRATIONS_AT_ONCE }, lane));
      return users;
    },
  };
}
