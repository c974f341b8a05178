import { writeFile } from 'node:fs/promises';
import { format } from 'oxfmt';

/** Writes a file that is kept in the repository as `npm run format` would leave it. Throws where it is not in its format. */
export async function writeFormatted(file: string, text: string): Promise<void> {
  const { code, errors } = await format(file, text, { singleQuote: true, printWidth: 120 });
  if (errors.length > 0)
    throw new Error(`${file} cannot be formatted: ${errors.map(({ message }) => message).join(', ')}`);
  await writeFile(file, code);
}
