import type { Command } from 'commander';
import type { Finding } from '../doctor/finding.ts';
import { openChecks } from '../doctor/open-checks.ts';
import { runChecks } from '../doctor/run-checks.ts';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { loadCommandConfig } from './load-command-config.ts';

interface Options extends CommonOptions {
  readonly server?: readonly string[];
  readonly offline?: true;
}

const LEVELS: Readonly<Record<Finding['level'], string>> = { good: 'good   ', warning: 'warning', fault: 'FAULT  ' };

/** `plexus doctor`: ends with status 1 where something does not work. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description(
      'Look at configuration, database, Kafka, Redis, keys, and how each hosted server is found; say what to do.',
    )
    .option('--server <server...>', 'look only at these hosted servers; else at all')
    .option('--offline', 'do not ask the names of hosted servers')
    .action((_options: object, command: Command) => examine(command.optsWithGlobals<Options>(), context));
}

async function examine(options: Options, context: CommandContext): Promise<void> {
  const config = loadCommandConfig(options);
  const opened = await openChecks(config, context, { names: options.server, isOffline: options.offline === true });
  try {
    const found = await runChecks(opened.checks, (finding) => print(finding, context));
    const [faults, warnings] = [count(found, 'fault'), count(found, 'warning')];
    context.print(faults + warnings === 0 ? 'All is well.' : `${faults} faults, ${warnings} warnings.`);
    if (faults > 0) context.fail();
  } finally {
    await opened.close();
  }
}

function print({ level, subject, text, advice }: Finding, context: CommandContext): void {
  context.print(`${LEVELS[level]}  ${subject}: ${text}`);
  if (advice !== undefined) context.print(`         → ${advice}`);
}

function count(found: readonly Finding[], level: Finding['level']): number {
  return found.filter((finding) => finding.level === level).length;
}
