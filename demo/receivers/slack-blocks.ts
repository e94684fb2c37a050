/**
 * What Slack makes of a message: the text a reader sees, and whom it alerts. Follows the formatting rules of
 * docs.slack.dev: control sequences in text and mrkdwn objects, typed elements in rich text.
 */

/** The text of all blocks, as a reader sees it. */
export function blockText(blocks: unknown): string {
  const parts: string[] = [];
  walk(blocks, (node) => {
    if (node['type'] === 'header' || node['type'] === 'section') parts.push('\n');
    if (typeof node['text'] === 'string') parts.push(isLiteral(node) ? node['text'] : unescaped(node['text']));
    else if (node['type'] === 'link' && typeof node['url'] === 'string') parts.push(node['url']);
    if (node['type'] === 'plain_text') parts.push('\n');
  });
  return parts.join('').trim();
}

/** Everybody whom the message alerts. */
export function mentionsIn(text: string, blocks: unknown): readonly string[] {
  const found = controlSequences(text);
  walk(blocks, (node) => {
    if (typeof node['text'] === 'string' && !isLiteral(node)) found.push(...controlSequences(node['text']));
    if (node['type'] === 'broadcast') found.push(String(node['range']));
    if (node['type'] === 'user') found.push(String(node['user_id']));
    if (node['type'] === 'usergroup') found.push(String(node['usergroup_id']));
  });
  return found;
}

/** `<!channel>`, `<!here|here>`, `<!subteam^S1>`, `<@U1>`. */
function controlSequences(text: string): string[] {
  return Array.from(text.matchAll(/<(?:!(?:subteam\^)?|@)([A-Za-z0-9]+)[^>]*>/g), ([, who = '']) => who);
}

/** Text elements of rich text are not parsed. */
function isLiteral(node: Record<string, unknown>): boolean {
  return node['type'] === 'text' || node['type'] === 'link';
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function walk(value: unknown, visit: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (typeof value === 'object' && value !== null) {
    const node = value as Record<string, unknown>;
    visit(node);
    for (const child of Object.values(node)) if (typeof child === 'object') walk(child, visit);
  }
}
