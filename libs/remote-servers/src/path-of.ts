/**
 * The path of an endpoint: in `` pathOf`/_matrix/federation/v1/event/${eventId}` `` each variable is percent-encoded, so that no
 * identifier that another server chose can leave its place.
 */
export function pathOf(parts: TemplateStringsArray, ...variables: readonly string[]): string {
  return parts.reduce((path, part, index) => {
    const variable = index === 0 ? '' : encodeURIComponent(variables[index - 1] ?? '');
    // Dots alone would be a step in the tree.
    return path + (/^\.{1,2}$/.test(variable) ? variable.replaceAll('.', '%2E') : variable) + part;
  }, '');
}
