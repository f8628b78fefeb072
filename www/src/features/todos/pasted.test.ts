import { describe, expect, it } from 'vitest';
import { asMany, asOne, linesOf, toItem } from './pasted';

const texts = (text: string) => linesOf(text).map((line) => (line.done ? 'x ' : '') + line.text);

describe('what is typed', () => {
  it('keeps all of a long title: the rest is the note', () => {
    const item = toItem('a'.repeat(500) + 'b'.repeat(100))!;
    expect([item.title, item.note]).toEqual(['a'.repeat(500), 'b'.repeat(100)]);
  });

  it('counts as the server does: 300 of these have 600 units, and fit', () =>
    expect(toItem('😀'.repeat(300))).toEqual({ title: '😀'.repeat(300) }));

  it('refuses what cannot fit, and what cannot be seen', () => {
    expect(toItem('a'.repeat(10_501))).toBeNull();
    expect(toItem('a'.repeat(10_500))!.note).toHaveLength(10_000);
    for (const text of ['', ' ', '\u200b', '\u3164', '\u2800\u2060'])
      expect(toItem(text)).toBeNull();
  });
});

describe('what is pasted', () => {
  it('loses the marks of a list', () => {
    expect(texts('- milk\r\n\n[ ] eggs\n* bread')).toEqual(['milk', 'eggs', 'bread']);
    expect(texts('□ 우유\n☐달걀\n• 빵')).toEqual(['우유', '달걀', '빵']);
    expect(texts('1. milk\n2. eggs\n3. bread')).toEqual(['milk', 'eggs', 'bread']);
    expect(texts('9) a\n10) b')).toEqual(['a', 'b']);
  });

  it('keeps numbers that do not count the lines', () => {
    expect(texts('3. floor\n3. door')).toEqual(['3. floor', '3. door']);
    expect(texts('12. 24 치과\n1.5 kg rice')).toEqual(['12. 24 치과', '1.5 kg rice']);
  });

  it('knows what is done', () => {
    expect(texts('- [x] milk\n- [ ] eggs\n[X] bread\n☑ tea\n✓ jam')).toEqual([
      'x milk',
      'eggs',
      'x bread',
      'x tea',
      'x jam',
    ]);
    expect(texts('1. [x] a\n2. [ ] b')).toEqual(['x a', 'b']);
  });

  it('has no invisible rows', () => expect(texts('a\n\u200b\nb\n- \u3164')).toEqual(['a', 'b']));

  it('adds each line with all of its words', () => {
    const items = asMany(linesOf(`short\n[x] ${'l'.repeat(700)}`))!;
    expect(items[0]).toEqual({ title: 'short' });
    expect(items[1]).toEqual({ title: 'l'.repeat(500), note: 'l'.repeat(200), done: true });
    expect(asMany(linesOf(`short\n${'l'.repeat(11_000)}`))).toBeNull();
  });

  it('keeps short lines as one title, and long ones as a title with a note', () => {
    expect(asOne('a\nb')).toEqual({ title: 'a b' });
    const item = asOne(`Head\n${'x'.repeat(400)}\n${'y'.repeat(400)}`)!;
    expect(item).toEqual({ title: 'Head', note: `${'x'.repeat(400)}\n${'y'.repeat(400)}` });
    const first = asOne(`${'h'.repeat(600)}\nb`)!;
    expect(first.note).toBe(`${'h'.repeat(100)}\nb`);
  });

  it('is as it was typed when it is kept as one: marks, numbers, blank lines and indents', () => {
    for (const line of ['✅ milk', '☑ 우유', '[x] tea', '- [ ] 빵', '* jam', '1. rice', '✅'])
      expect(asOne(`${line}\r\n\n  ${line}  \n`)).toEqual({ title: `${line} ${line}` });
    const long = `✅ Head\n\n  - [x] ${'x'.repeat(300)}\n1) ${'y'.repeat(300)}\n✅`;
    expect(asOne(`\n${long}\n`)).toEqual({
      title: '✅ Head',
      note: long.slice('✅ Head\n\n'.length),
    });
    expect(asOne(`Head\n${'a'.repeat(300)}\n\n${'b'.repeat(300)}`)!.note).toContain('a\n\nb');
    expect(asOne(`Head\u2028${'a'.repeat(500)}`)!.note).toBe('a'.repeat(500));
    expect(asOne('\u200b\nmilk\neggs')).toEqual({ title: 'milk eggs' });
  });
});
