import { describe, expect, it } from 'vitest';
import { addressOf } from './use-visible';

describe('the address', () => {
  it('has the filter and the search', () => {
    expect(addressOf('all', null)).toBe('/');
    expect(addressOf('all', ' ')).toBe('/');
    expect(addressOf('active', 'a b')).toBe('/?filter=active&q=a+b');
  });

  it('is never longer than what servers take', () => {
    expect(addressOf('completed', '가'.repeat(500)).length).toBeLessThan(8192);
    expect(addressOf('completed', '가'.repeat(1000))).toBe('/?filter=completed');
  });
});
