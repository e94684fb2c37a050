import { temporalUiLink } from '../../../src/domain/site';

test('U1 the link to an incident in the Temporal UI, where there is one', () => {
  const site = { temporalUi: 'http://127.0.0.1:8080', namespace: 'firebreak' };
  expect(temporalUiLink(site, 'INC-20261120-7F3K/x y')).toBe(
    'http://127.0.0.1:8080/namespaces/firebreak/workflows/INC-20261120-7F3K%2Fx%20y',
  );
  expect(temporalUiLink({ ...site, temporalUi: undefined }, 'INC-20261120-7F3K')).toBeUndefined();
});
