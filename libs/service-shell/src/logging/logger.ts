/** What goes with a message. An error goes under `err`. Secrets are redacted, whatever they lie in. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a service says what it does. Plain, so that use cases can take it and tests can pass their own. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}
