import { findBannedCode } from './find-banned-code.ts';
import { readSources, reportProblems } from './source-files.ts';

reportProblems(findBannedCode(readSources(['{apps,libs}/*/src/**/*.ts', 'tests/**/*.ts'])));
