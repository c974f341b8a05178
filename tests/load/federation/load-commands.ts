/** What the load server's process does when it is told to, and what it says then. */
export interface LoadCommands {
  readonly makeRoom: {
    readonly asked: { readonly members: number; readonly servers: number };
    readonly answer: { readonly roomId: string; readonly lastMember: string; readonly servers: readonly string[] };
  };
  readonly forgetRoom: { readonly asked: { readonly roomId: string }; readonly answer: Nothing };
  /** Makes and signs transactions; nothing is sent. */
  readonly prepare: {
    readonly asked: {
      readonly roomIds: readonly string[];
      readonly pdus: number;
      readonly destination: string;
      /** In the body of every message. */
      readonly tag: string;
    };
    /** How the last message of each room ends. */
    readonly answer: { readonly lastEndings: readonly string[] };
  };
  /** Sends what was prepared, one transaction after the other, to these in turn. */
  readonly send: {
    readonly asked: { readonly baseUrls: readonly string[] };
    readonly answer: { readonly latenciesMs: readonly number[] };
  };
  /** Servers whose transactions are taken and never answered, instead of those before. */
  readonly setDown: { readonly asked: { readonly servers: readonly string[] }; readonly answer: Nothing };
  /** Resolves when a text has come in transactions to so many servers; when, in milliseconds since the epoch. */
  readonly awaitArrivals: {
    readonly asked: { readonly text: string; readonly servers: number };
    readonly answer: { readonly atMs: readonly number[] };
  };
}

export type LoadCommand = keyof LoadCommands;

export type Nothing = Readonly<Record<string, never>>;

/** A command on its way to the process. */
export interface AskedCommand {
  readonly id: number;
  readonly command: LoadCommand;
  readonly asked: LoadCommands[LoadCommand]['asked'];
}

export type CommandAnswer =
  | { readonly id: number; readonly answer: LoadCommands[LoadCommand]['answer'] }
  | { readonly id: number; readonly failed: string };

/** What the process says first. */
export interface LoadServerStarted {
  readonly serverName: string;
}
