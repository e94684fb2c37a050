import type { HeaderBlock, RichTextBlock, RichTextElement } from '@slack/web-api';
import { multiLine, singleLine } from '../channel/plain-text';

/** Slack's limit for a header block. */
const MAX_HEADER = 150;
/** Slack advises at most 4,000 characters. */
const MAX_TEXT = 3_500;
/** A whole line that is one web address: only the renderer puts one there, titles and facts share their lines. */
const LINK_LINE = /^https?:\/\/[^\s<>|]{1,1000}$/;

export interface SlackMessage {
  /** For push notifications and screen readers. */
  readonly text: string;
  readonly blocks: [HeaderBlock, RichTextBlock];
}

/**
 * A message in which untrusted text cannot become anything but text: rich-text elements are typed, so a mention or link
 * exists only where an element says so; the fallback and the header have Slack's three control characters escaped
 * (docs.slack.dev, formatting message text).
 */
export function slackMessage(subject: string, text: string): SlackMessage {
  const title = singleLine(subject, MAX_HEADER);
  const body = multiLine(text, MAX_TEXT);
  return {
    text: escapeControl(title === '' ? body : title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headerText(title), emoji: false } },
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_section', elements: body.split('\n').flatMap(lineElements) }],
      },
    ],
  };
}

/** Escapes what Slack's message parser acts on: `&`, `<` and `>`. */
export function escapeControl(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A header may not be empty, and holds at most 150 characters after escaping. */
function headerText(title: string): string {
  let text = title === '' ? 'Firebreak' : title;
  while (escapeControl(text).length > MAX_HEADER) text = `${Array.from(text).slice(0, -2).join('')}…`;
  return escapeControl(text);
}

function lineElements(line: string, index: number): RichTextElement[] {
  const elements: RichTextElement[] = index === 0 ? [] : [{ type: 'text', text: '\n' }];
  if (LINK_LINE.test(line)) elements.push({ type: 'link', url: line });
  else if (line !== '') elements.push({ type: 'text', text: line });
  return elements;
}
