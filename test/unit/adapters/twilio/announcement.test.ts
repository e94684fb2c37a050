import { announcement } from '../../../../src/adapters/twilio/announcement';

test('N6 the text is said twice in the person’s language', () => {
  expect(announcement('Critical.', 'en').match(/<Say language="en-US">Critical\.<\/Say>/g)).toHaveLength(2);
  expect(announcement('緊急。', 'ja')).toContain('<Say language="ja-JP">緊急。</Say>');
});

test('N2 markup in the text is said, not obeyed', () => {
  const twiml = announcement('</Say><Dial>+19005550199</Dial><Say> & "x" \u0000\u0008', 'en');
  expect(twiml).not.toContain('<Dial>');
  expect(twiml).toContain('&lt;/Say&gt;&lt;Dial&gt;');
  expect(twiml).not.toMatch(/[\u0000-\u0008]/);
});

test('N2 TwiML stays below Twilio’s 4,000 characters', () => {
  expect(announcement('x'.repeat(50_000), 'en').length).toBeLessThan(4_000);
  expect(announcement('緊急'.repeat(5_000), 'ja').length).toBeLessThan(4_000);
});
