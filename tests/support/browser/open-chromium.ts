import { canRun, runCommand } from '../servers/run-command.ts';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

export interface ChromiumOptions {
  /** Host names that lead to this machine. */
  readonly localHosts: readonly string[];
}

/** The system's Chromium without a screen; Debian's is installed where there is none. */
export async function openChromium({ localHosts }: ChromiumOptions): Promise<Browser> {
  const rules = localHosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ');
  return chromium.launch({
    executablePath: await findChromium(),
    args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=${rules}`],
  });
}

async function findChromium(): Promise<string> {
  const given = process.env['PLEXUS_TEST_CHROMIUM'];
  if (given !== undefined) return given;
  const found = await findInstalled();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && (await canRun('apt-get', ['--version']))) {
    console.log('Installing chromium …');
    await runCommand('apt-get', ['update', '-q']);
    await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']);
    const installed = await findInstalled();
    if (installed !== undefined) return installed;
  }
  throw new Error('The test of pages needs Chromium: install it, or name it in PLEXUS_TEST_CHROMIUM.');
}

async function findInstalled(): Promise<string | undefined> {
  for (const name of NAMES) {
    if (!(await canRun(name, ['--version']))) continue;
    return (await runCommand('sh', ['-c', `command -v ${name}`])).trim();
  }
  return undefined;
}
