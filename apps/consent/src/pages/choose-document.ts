import { chooseLanguage } from '@plexus/policies';
import type { PolicyDocument } from '@plexus/storage';

/** The document for a purpose in the language that suits best; nothing where there is none for this purpose. */
export function chooseDocument(
  documents: readonly PolicyDocument[],
  purpose: PolicyDocument['purpose'],
  wanted: readonly string[],
): PolicyDocument | undefined {
  const fitting = documents.filter((document) => document.purpose === purpose);
  const language = chooseLanguage(
    fitting.map((document) => document.language),
    wanted,
  );
  return fitting.find((document) => document.language === language);
}
