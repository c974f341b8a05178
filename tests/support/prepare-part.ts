// node --conditions=plexus-source tests/support/prepare-part.ts <part>
// Fetches and builds what a part of the tests needs beside packages, once for all runs. The tests do so themselves where it has not been done.
import { buildRenderer } from '../chart/support/build-renderer.ts';
import { preparePrevious } from '../upgrade/support/previous-release.ts';
import { HEISENBRIDGE, MATRIX_NIO, MAUTRIX, SYNAPSE } from './python/environments.ts';
import { openPythonEnvironment } from './python/python-environment.ts';
import { needNgircd } from './servers/ngircd.ts';
import { needPrometheus } from './servers/prometheus.ts';

const preparations: Readonly<Record<string, readonly (() => Promise<unknown>)[]>> = {
  chart: [buildRenderer],
  federation: [() => openPythonEnvironment(...SYNAPSE)],
  upgrade: [preparePrevious],
  flows: [
    needNgircd,
    needPrometheus,
    () => openPythonEnvironment(...HEISENBRIDGE),
    () => openPythonEnvironment(...MATRIX_NIO),
    () => openPythonEnvironment(...MAUTRIX),
  ],
};

const [part = ''] = process.argv.slice(2);
const steps = preparations[part];
if (steps === undefined) throw new Error(`nothing is to be prepared for: ${part}`);
for (const step of steps) await step();
