import { RotateSigningKey } from '@plexus/client-api';
import { MatrixError } from '@plexus/matrix-base';
import { loadConfig, StartError, systemRandomSource } from '@plexus/service-shell';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { withServers } from './open-servers.ts';

/** `plexus server rotate-key <server>` */
export function addServerCommands(program: Command, context: CommandContext): void {
  const server = program.command('server').description('Manage hosted servers.');
  server
    .command('rotate-key')
    .description('Let a hosted server sign with a new key. The one before is kept for what it has signed.')
    .argument('<server>', 'for example example.org')
    .action((name: string, _options: object, command: Command) =>
      rotateKey(name, command.optsWithGlobals<CommonOptions>(), context),
    );
}

async function rotateKey(serverName: string, options: CommonOptions, context: CommandContext): Promise<void> {
  await withServers(loadConfig({ path: options.config }), context, async ({ servers }) => {
    try {
      const [newest] = await new RotateSigningKey(servers, systemRandomSource).execute(serverName);
      context.print(`${serverName} signs with ${newest?.keyId} now.`);
    } catch (error) {
      if (error instanceof MatrixError) throw new StartError(`${error.message}.`, { cause: error });
      throw error;
    }
  });
}
