/** Between whom a request goes. */
export interface Parties {
  /** The server that asks; it has signed the request. */
  readonly origin: string;
  /** The hosted server that is asked: every answer is what this one knows and may do. */
  readonly destination: string;
}
