import { MatrixError } from '@plexus/matrix-base';
import { StartError } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { loadCommandConfig } from './load-command-config.ts';
import { withServers } from './open-servers.ts';
import type { OpenedServers } from './open-servers.ts';
import { recordCommand } from './record-command.ts';

/** What a command about one hosted server works with. */
export interface ServerWork<Options extends CommonOptions = CommonOptions> extends OpenedServers {
  readonly serverName: string;
  readonly config: PlexusConfig;
  readonly options: Options;
  print(line: string): void;
}

export interface ServerCommand<Options extends CommonOptions> {
  readonly name: string;
  readonly description: string;
  readonly options?: readonly (readonly [flags: string, description: string, isRequired?: 'required'])[];
  /** Whether it only looks: what changes something is written into the audit log. */
  looksOnly?(options: Options): boolean;
  work(work: ServerWork<Options>): Promise<void>;
}

/** Adds a command about one hosted server. What is refused ends it with the reason. */
export function addServerWork<Options extends CommonOptions>(
  server: Command,
  context: CommandContext,
  { name, description, options: flags = [], looksOnly, work }: ServerCommand<Options>,
): void {
  const added = server.command(name).description(description).argument('<server>', 'for example example.org');
  for (const [flag, meaning, isRequired] of flags) {
    if (isRequired === undefined) added.option(flag, meaning);
    else added.requiredOption(flag, meaning);
  }
  added.action(async (serverName: string, _options: object, command: Command) => {
    const options = command.optsWithGlobals<Options>();
    const config = loadCommandConfig(options);
    await withServers(config, context, async (opened) => {
      try {
        const run = (): Promise<void> =>
          work({ ...opened, serverName, config, options, print: (line) => context.print(line) });
        if (looksOnly?.(options) === true) await run();
        else await recordCommand(opened.database, { name: `server ${name}`, serverName, target: { serverName } }, run);
      } catch (error) {
        if (error instanceof MatrixError) throw new StartError(`${error.message}.`, { cause: error });
        throw error;
      }
    });
  });
}
