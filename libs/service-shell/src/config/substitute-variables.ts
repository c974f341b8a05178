export type Substitution = { outcome: 'text'; text: string } | { outcome: 'unset'; name: string };

const reference = /\$(\$\{|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` by environment variables, as a shell does: the default counts when the
 * variable is unset or empty. `$${` stands for a literal `${`. Without a default an unset variable is a failure.
 */
export function substituteVariables(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
): Substitution {
  let unset: string | undefined;
  const replaced = text.replace(reference, (_match, inner: string, name: string | undefined, fallback?: string) => {
    if (name === undefined) return inner;
    const value = variables[name];
    if (value !== undefined && (value !== '' || fallback === undefined)) return value;
    if (fallback === undefined) unset ??= name;
    return fallback ?? '';
  });
  return unset === undefined ? { outcome: 'text', text: replaced } : { outcome: 'unset', name: unset };
}

/** Whether a text refers to a variable or has an escaped reference. */
export function hasReference(text: string): boolean {
  return text.includes('${');
}
