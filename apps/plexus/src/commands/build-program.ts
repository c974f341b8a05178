import { PLEXUS_VERSION } from '@plexus/service-shell';
import { Command } from 'commander';
import { addBackupCommands } from './backup-commands.ts';
import { addCachesCommands } from './caches-command.ts';
import type { CommandContext } from './command-context.ts';
import { addConfigCommands } from './config-command.ts';
import { addUserCommands } from './create-user-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addMigrateCommand } from './migrate-command.ts';
import { addServerCommands } from './server-command.ts';

const COMMANDS = [
  addUserCommands,
  addServerCommands,
  addMigrateCommand,
  addBackupCommands,
  addConfigCommands,
  addCachesCommands,
  addDoctorCommand,
];

/** The command line's grammar; without a command the homeserver runs. */
export function buildProgram(context: CommandContext, runHomeserver: () => Promise<void>): Command {
  const program = new Command('plexus').description('A Matrix homeserver for hosting providers.');
  // @NOTE Commander gives an option of the program to the program wherever it stands, so the commands ask for it there.
  program
    .version(PLEXUS_VERSION, '--version', 'say which release this is')
    .option('--config <path>', 'the configuration file')
    .showHelpAfterError('(--help lists what there is)')
    .action(async () => {
      const [unknown] = program.args;
      if (unknown !== undefined) program.error(`error: there is no command '${unknown}'`);
      await runHomeserver();
    });
  for (const add of COMMANDS) add(program, context);
  // Only here, and not in the commands: what is no command would else be called an argument too many.
  return program.allowExcessArguments();
}
