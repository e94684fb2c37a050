import { isMailAddress, mailIdentity, messageIdHeader } from '../../../../src/adapters/smtp/mail-identity';

test('N6 the same id always gives the same Message-ID, made of allowed characters', () => {
  expect(messageIdHeader('INC-20261120-7F3K:start:alice:mail', 'example.org')).toBe(
    '<INC-20261120-7F3K.start.alice.mail@example.org>',
  );
  expect(messageIdHeader('INC-20261120-7F3K:start:佐藤 <x>\r\n:mail', 'example.org')).toMatch(
    /^<[A-Za-z0-9%.-]+@example\.org>$/,
  );
});

test('N6 different messages have different Message-IDs', () => {
  const ids = ['a:start:x.y:mail', 'a:start:x_y:mail', 'a:start:xy:mail', 'a:start:佐藤:mail', 'a:start:佐:mail'];
  expect(new Set(ids.map((id) => messageIdHeader(id, 'd'))).size).toBe(ids.length);
});

test.each([
  ['alerts@example.org', { name: 'Firebreak', address: 'alerts@example.org', domain: 'example.org' }],
  ['"Fire, break" <alerts@example.org>', { name: 'Fire, break', address: 'alerts@example.org', domain: 'example.org' }],
])('the sender %s is read', (from, identity) => {
  expect(mailIdentity(from)).toEqual(identity);
});

test.each(['', 'nobody', 'a@b@c', 'a@example.org\r\nBcc: b@example.org', 'x <a@example.org> <b@example.org>'])(
  'the sender %j is refused',
  (from) => {
    expect(() => mailIdentity(from)).toThrow('The channel is not configured. Mail: `from` is not a mail address.');
  },
);

test('N2 an address is one address', () => {
  expect(isMailAddress('alice+fire@mail.example.org')).toBe(true);
  for (const text of ['a@b,c@d', 'a b@c', '<a@b>', 'a@b\u0000', 'a@', '@b', 'a'])
    expect(isMailAddress(text)).toBe(false);
});
