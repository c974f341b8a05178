/** What a look at one thing came to, as an operator reads it. */
export interface Finding {
  readonly level: 'good' | 'warning' | 'fault';
  /** What was looked at. */
  readonly subject: string;
  /** One sentence. */
  readonly text: string;
  /** What to do about it; nothing where all is well. */
  readonly advice?: string;
}

export function good(subject: string, text: string): Finding {
  return { level: 'good', subject, text };
}

/** It works, and may not for long or not as well as it could. */
export function warning(subject: string, text: string, advice: string): Finding {
  return { level: 'warning', subject, text, advice };
}

/** Something does not work because of it. */
export function fault(subject: string, text: string, advice: string): Finding {
  return { level: 'fault', subject, text, advice };
}
