import { loadConfig } from '@plexus/service-shell';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';

/** `plexus config check` */
export function addConfigCommands(program: Command, context: CommandContext): void {
  const config = program.command('config').description('Look at the configuration.');
  config
    .command('check')
    .description('Check the configuration file. Everything that is wrong is named by its path.')
    .action((_options: object, command: Command) => {
      const { servers, listeners } = loadConfig({ path: command.optsWithGlobals<CommonOptions>().config });
      const names = servers.map((server) => server.server_name).join(', ');
      context.print(
        `The configuration is good: ${listeners.length} listeners; hosted servers: ${names || 'none yet'}.`,
      );
    });
}
