import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { canRun, runCommand } from '../servers/run-command.ts';

/**
 * Makes a virtual environment that holds exactly these requirements (`name==version`), once for all runs, and gives its interpreter. What is never
 * imported is never compiled.
 */
export async function openPythonEnvironment(name: string, requirements: readonly string[]): Promise<string> {
  const folder = folderOf(name);
  const python = interpreterOf(folder);
  const stamp = join(folder, 'requirements.txt');
  const wanted = `${requirements.join('\n')}\n`;
  if ((await readIfThere(stamp)) === wanted && (await canRun(python, ['-c', '']))) return python;
  const installer = await openInstaller(name);
  console.log(`Installing ${requirements.join(', ')} …`);
  await mkdir(folder, { recursive: true });
  await runCommand('python3', ['-m', 'venv', '--clear', '--without-pip', folder]);
  const options = ['-q', '--disable-pip-version-check', '--no-compile'];
  await runCommand(installer, ['-m', 'pip', '--python', python, 'install', ...options, ...requirements]);
  await writeFile(stamp, wanted);
  return python;
}

/** The interpreter of an environment that has pip, and installs into the others: to put pip into each took 11 CPU-s. */
async function openInstaller(forWhom: string): Promise<string> {
  const folder = folderOf('pip');
  const python = interpreterOf(folder);
  if (await canInstall(python)) return python;
  if (!(await canRun('python3', ['-c', 'import venv, ensurepip']))) {
    throw new Error(`${forWhom} needs Python 3.10 or newer with venv (on Debian: python3-venv) to be installed.`);
  }
  await mkdir(folder, { recursive: true });
  await runCommand('python3', ['-m', 'venv', '--clear', folder]);
  // What comes with an older Python installs into its own environment alone.
  if (!(await canInstall(python))) await runCommand(python, ['-m', 'pip', 'install', '-q', 'pip>=22.3']);
  return python;
}

function canInstall(python: string): Promise<boolean> {
  return canRun(python, ['-m', 'pip', '--python', python, '--version']);
}

function folderOf(name: string): string {
  return resolve('.cache', name);
}

function interpreterOf(folder: string): string {
  return join(folder, 'bin', 'python');
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
