/** One thing that is wrong with a registration. */
export interface RegistrationProblem {
  /** For example `namespaces.users[0].regex`; empty for the whole. */
  readonly key: string;
  readonly reason: string;
}

/** A registration cannot be used; the message names the file and every key that is wrong, never a value. */
export class RegistrationError extends Error {
  override readonly name = 'RegistrationError';
  readonly problems: readonly RegistrationProblem[];

  constructor(source: string, problems: readonly RegistrationProblem[]) {
    const described = problems.map(({ key, reason }) => (key === '' ? `  ${reason}` : `  ${key}: ${reason}`));
    super([`The registration (${source}) cannot be used:`, ...described].join('\n'));
    this.problems = problems;
  }
}
