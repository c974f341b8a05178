import { reasonOf } from '../commands/reason-of.ts';

/** What a URL answers to who has no account there. */
export interface WebAnswer {
  readonly status: number;
  /** Nothing where it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Asks a URL; throws an error that says why it cannot be reached. */
export type AskWeb = (url: string) => Promise<WebAnswer>;

const WITHIN_MS = 10_000;
const MOST_BYTES = 1024 * 1024;

/** As a client at this machine would. */
export const askWeb: AskWeb = async (url) => {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(WITHIN_MS), headers: { accept: 'application/json' } });
  } catch (error) {
    throw new Error(`${url} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
  const text = (await response.text()).slice(0, MOST_BYTES);
  return { status: response.status, body: parseObject(text) };
};

function parseObject(text: string): WebAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
