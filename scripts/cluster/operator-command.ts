import { writeFile } from 'node:fs/promises';
import { runCommand } from '../../tests/support/servers/run-command.ts';
import type { Settings } from './service-configuration.ts';
import { compileCache, mainOf, nodeBinary } from './service-process.ts';

/** The operator's command line with this configuration, which is written to `path`. */
export async function prepareOperatorCommands(
  path: string,
  configuration: Settings,
): Promise<(args: readonly string[], tree?: string) => Promise<string>> {
  await writeFile(path, `${JSON.stringify(configuration, undefined, 2)}\n`);
  return (args, tree) => {
    const command = [nodeBinary, ...mainOf('plexus', tree), ...args, '--config', path];
    return runCommand('env', [`NODE_COMPILE_CACHE=${compileCache}`, ...command]);
  };
}
