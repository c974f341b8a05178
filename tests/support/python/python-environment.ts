import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { canRun, runCommand } from '../servers/run-command.ts';

/**
 * Makes a virtual environment that holds exactly these requirements (`name==version`), once for all runs, and gives its interpreter.
 */
export async function openPythonEnvironment(name: string, requirements: readonly string[]): Promise<string> {
  const folder = resolve('.cache', name);
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, 'requirements.txt');
  const wanted = `${requirements.join('\n')}\n`;
  if ((await readIfThere(stamp)) === wanted && (await canRun(python, ['-c', '']))) return python;
  if (!(await canRun('python3', ['-c', 'import venv, ensurepip']))) {
    throw new Error(`${name} needs Python 3.10 or newer with venv (on Debian: python3-venv) to be installed.`);
  }
  console.log(`Installing ${requirements.join(', ')} …`);
  await mkdir(folder, { recursive: true });
  await runCommand('python3', ['-m', 'venv', '--clear', folder]);
  await runCommand(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...requirements]);
  await writeFile(stamp, wanted);
  return python;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
