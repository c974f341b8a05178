export type { LogDatabase, LogStatement } from './log-database.ts';
export { PostgresTopics } from './postgres-topics.ts';
export type { PostgresTopicsOptions } from './postgres-topics.ts';
