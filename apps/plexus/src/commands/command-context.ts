import type { DatabaseUrls } from '@plexus/service-adapters';
import type { PlexusConfig } from '@plexus/service-shell';

/** Where a command finds the databases: your Postgres, or the embedded one, which it then starts or joins. */
export interface DatabaseAddresses extends DatabaseUrls {
  /** Nobody else uses them: the command may bring the tables up to date, as a start would. */
  readonly isOurs: boolean;
  close(): Promise<void>;
}

/** Options of every command, wherever they stand on the command line. */
export interface CommonOptions {
  readonly config?: string;
}

/** What the commands of the operator's command line need from around them. */
export interface CommandContext {
  findDatabases(config: PlexusConfig): Promise<DatabaseAddresses>;
  /** One line for the operator. */
  print(line: string): void;
  /** The command ends with a status that says that something is wrong. */
  fail(): void;
  /** Asks for a password without showing it; from a pipe, its first line. */
  askPassword(): Promise<string>;
  /** Asks for what cannot be undone: whether the operator writes this word. From a pipe, its first line counts. */
  confirm(question: string, word: string): Promise<boolean>;
}
