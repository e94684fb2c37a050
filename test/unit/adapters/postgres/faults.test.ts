import { fromPostgres, isLostConnection } from '../../../../src/adapters/postgres/faults';
import { FirebreakError } from '../../../../src/domain/errors';

const withCode = (code: string, fromServer = true) =>
  Object.assign(new Error(`says ${code}`), { code, ...(fromServer && { severity: 'ERROR' }) });

describe('what PostgreSQL throws, in our words', () => {
  it.each(['08006', '57P01', '57P02', '57P03', '40001', '40P01', '25006', '53300', '57014', '55P03', '28P01', '3D000'])(
    'SQLSTATE %s is the server being of no use now',
    (code) => {
      expect(fromPostgres(withCode(code), 'LEDGER_UNREACHABLE').code).toBe('LEDGER_UNREACHABLE');
    },
  );

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'])(
    '%s is a lost link',
    (code) => {
      expect(isLostConnection(withCode(code, false))).toBe(true);
      expect(fromPostgres(withCode(code, false), 'DATABASE_UNREACHABLE').code).toBe('DATABASE_UNREACHABLE');
    },
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
  ])('pg’s own words “%s” are a lost link', (text) => {
    expect(isLostConnection(new Error(text))).toBe(true);
  });

  it('a server’s error is never taken for a lost link by its text', () => {
    const thrown = Object.assign(new Error('Connection terminated by trigger'), { code: 'P0001', severity: 'ERROR' });
    expect(isLostConnection(thrown)).toBe(false);
    expect(fromPostgres(thrown, 'DATABASE_UNREACHABLE').code).toBe('UNEXPECTED');
  });

  it.each([
    ['42P01', 'CONFIG_INVALID'],
    ['42501', 'CONFIG_INVALID'],
    ['23503', 'UNKNOWN_INCIDENT'],
    ['23505', 'UNEXPECTED'],
  ])('SQLSTATE %s is %s', (code, expected) => {
    expect(fromPostgres(withCode(code), 'DATABASE_UNREACHABLE').code).toBe(expected);
  });

  it('a FirebreakError passes, and anything else is unexpected', () => {
    const own = new FirebreakError('GRANT_USED');
    expect(fromPostgres(own, 'DATABASE_UNREACHABLE')).toBe(own);
    for (const thrown of [undefined, null, 'text', 7, new TypeError('x')]) {
      expect(fromPostgres(thrown, 'DATABASE_UNREACHABLE').code).toBe('UNEXPECTED');
    }
  });
});
