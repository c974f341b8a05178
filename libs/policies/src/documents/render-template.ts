import type { Liquid, Template } from 'liquidjs';

/** What a template may say of who reads it; names as Synapse's templates have them. */
export interface TemplateScope {
  readonly user?: string;
  readonly userhmac?: string;
  readonly version: string;
  readonly has_consented: boolean;
  /** Nobody is named: there is nothing to agree to. */
  readonly public_version: boolean;
  readonly policy: string;
  readonly policy_name: string;
  readonly language: string;
}

const MAX_PARSED_BYTES = 1024 * 1024;
const MAX_RENDER_MS = 200;
const MAX_RENDER_MEMORY = 4_000_000;

let making: Promise<Liquid> | undefined;

/** Fills in a page that an operator wrote: `{{ name }}` escaped, `{% if not public_version %} … {% else %} … {% endif %}` and the like. */
export async function renderTemplate(source: string, scope: TemplateScope): Promise<string> {
  making ??= makeEngine();
  const engine = await making;
  const rendered: unknown = await engine.render(engine.parse(source), scope);
  return String(rendered);
}

/** Says what is wrong with a template, with its line; nothing where it can be filled in. */
export async function findTemplateFault(source: string): Promise<string | undefined> {
  making ??= makeEngine();
  const engine = await making;
  try {
    const parsed: Template[] = engine.parse(source);
    await engine.render(parsed, SAMPLE);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  }
}

const SAMPLE: TemplateScope = {
  user: 'user',
  userhmac: '0',
  version: '1',
  has_consented: false,
  public_version: false,
  policy: 'policy',
  policy_name: 'Policy',
  language: 'en',
};

/** @NOTE Templates come from administrators of hosted servers too: they reach no file and no other object, and what they may take is bounded. */
async function makeEngine(): Promise<Liquid> {
  const { Liquid: Engine } = await import('liquidjs');
  return new Engine({
    outputEscape: 'escape',
    ownPropertyOnly: true,
    strictFilters: true,
    templates: {},
    parseLimit: MAX_PARSED_BYTES,
    renderLimit: MAX_RENDER_MS,
    memoryLimit: MAX_RENDER_MEMORY,
  });
}
