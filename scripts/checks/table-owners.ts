import { findOwnerBreaches } from './find-owner-breaches.ts';
import { readSources, reportProblems } from './source-files.ts';

const migrations = readSources(['libs/storage-postgres/migrations/*.sql']);
// The migrator fills the tables of others when it creates a deployment.
const isChecked = ({ path }: { path: string }): boolean =>
  !/\.spec\.ts$|^libs\/storage-postgres\/src\/migrations\//.test(path);
const sources = readSources(['{apps,libs}/*/src/**/*.ts']).filter(isChecked);
reportProblems(findOwnerBreaches(migrations, sources));
