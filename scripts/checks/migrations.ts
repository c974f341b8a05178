import { findMigrationBreaches } from './find-migration-breaches.ts';
import { readSources, reportProblems } from './source-files.ts';

reportProblems(findMigrationBreaches(readSources(['libs/storage-postgres/migrations/*.sql'])));
