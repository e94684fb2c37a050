import { mentionsIn } from '../../../../demo/receivers/slack-blocks';
import { escapeControl, slackMessage } from '../../../../src/adapters/slack/slack-message';

const EVIL = '<!channel> <!here> <@U123> <!subteam^S1|x> <https://evil.example|click>';

test('N2 mentions in subject and text stay text', () => {
  const message = slackMessage(EVIL, `Title: ${EVIL}`);
  expect(mentionsIn(message.text, message.blocks)).toEqual([]);
  expect(JSON.stringify(message.blocks)).not.toMatch(/"(broadcast|user|usergroup)"/);
});

test('the reader of the receiver would notice a mention', () => {
  expect(mentionsIn(EVIL, [])).toEqual(['channel', 'here', 'U123', 'S1']);
  expect(mentionsIn('', [{ type: 'section', text: { type: 'mrkdwn', text: '<!everyone>' } }])).toEqual(['everyone']);
});

test('N6 only a line of its own becomes a link', () => {
  const { blocks } = slackMessage('s', 'Title: https://evil.example\n- https://evil.example\nhttps://ui.example/run');
  expect(JSON.stringify(blocks).match(/"type":"link"/g)).toHaveLength(1);
  expect(JSON.stringify(blocks)).toContain('{"type":"link","url":"https://ui.example/run"}');
});

test('N2 limits of Slack hold for the longest input, and nothing is empty', () => {
  const long = slackMessage('<&>'.repeat(500), '<&>'.repeat(9_000));
  expect(long.blocks[0].text.text.length).toBeLessThanOrEqual(150);
  expect(JSON.stringify(long.blocks[1]).length).toBeLessThan(4_000);
  const empty = slackMessage('', '');
  expect(empty.blocks[0].text.text).toBe('Firebreak');
});

test('N2 the three control characters of Slack are escaped once', () => {
  expect(escapeControl('<a> & &lt;')).toBe('&lt;a&gt; &amp; &amp;lt;');
});
