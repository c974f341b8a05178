let making: Promise<(source: string) => string> | undefined;

/**
 * Markdown (CommonMark, with tables) as markup that runs nothing and loads nothing: tags in the source are text, links are those of web, mail and
 * telephone. Headings begin below the page's own.
 */
export async function renderMarkdown(source: string): Promise<string> {
  making ??= makeRenderer();
  return (await making)(source);
}

/** @NOTE Loaded when it is first needed: most processes never render anything. */
async function makeRenderer(): Promise<(source: string) => string> {
  const { default: MarkdownIt } = await import('markdown-it');
  const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable('image');
  markdown.validateLink = (url) => /^(?:https?:|mailto:|tel:|#|\/(?!\/))/i.test(url.trim());
  markdown.core.ruler.push('headings_below_the_page', ({ tokens }) => {
    for (const token of tokens) if (/^h[1-5]$/.test(token.tag)) token.tag = `h${Number(token.tag.slice(1)) + 1}`;
  });
  markdown.core.ruler.push('links_tell_nothing', ({ tokens }) => {
    for (const { children } of tokens)
      for (const token of children ?? []) if (token.type === 'link_open') token.attrSet('rel', 'noreferrer noopener');
  });
  return (text) => markdown.render(text);
}
