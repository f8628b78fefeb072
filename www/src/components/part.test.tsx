// @vitest-environment jsdom
import { fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dictOf } from '@/lib/i18n';
import { setPrefs } from '@/lib/prefs';
import { forget, save } from '@/lib/storage';
import { Boundary } from './boundary';
import { Broken } from './broken';
import { part } from './part';

// React writes down what a boundary has caught.
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

describe.each(['en', 'ko'] as const)('in %s', (lang) => {
  const t = dictOf(lang);
  beforeEach(() => setPrefs({ lang }));

  it('a page that cannot be drawn says so and offers to load it again', () => {
    const Bad = () => {
      throw new Error('bad');
    };
    render(
      <Boundary fallback={() => <Broken />}>
        <Bad />
      </Boundary>,
    );
    expect(screen.getByRole('alert').textContent).toContain(t.broken.title);
    expect(screen.getByRole('button', { name: t.broken.reload })).toBeTruthy();
  });

  it('such a page shows what the device could not store', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    const typed = {
      'allday.op.me.1': { kind: 'create', id: 'x', item: { title: 'milk', note: 'two' } },
      'allday.op.me.2': { kind: 'patch', id: 'x', patch: { done: true } },
      'allday.draft.me.x': { words: { note: 'half' }, base: { note: 'known' } },
      'allday.draft.me/tab': 'a thought',
    };
    for (const [key, value] of Object.entries(typed)) save(key, value);
    render(<Broken />);
    expect(screen.getByText(t.broken.onlyHere)).toBeTruthy();
    expect(document.querySelector('pre')!.textContent).toBe('milk\ntwo\nhalf\na thought');
    for (const key of Object.keys(typed)) forget(key);
  });

  it('a part whose file cannot be had says so, and is asked for again', async () => {
    const load = vi.fn().mockRejectedValueOnce(new Error('gone'));
    load.mockResolvedValue({ default: () => <p>here</p> });
    const Part = part(() => 'Title', load);
    render(<Part onClose={() => {}} />);
    expect((await screen.findByRole('alert')).textContent).toBe(t.broken.part);
    fireEvent.click(screen.getByRole('button', { name: t.broken.again }));
    await screen.findByText('here');
  });

  it('a part that cannot be drawn leaves the page, and can be tried again', async () => {
    let bad = true;
    const Body = () => {
      if (bad) throw new Error('bad');
      return <p>here</p>;
    };
    const Part = part(
      () => 'Title',
      async () => ({ default: Body }),
    );
    render(
      <>
        <p>page</p>
        <Part onClose={() => {}} />
      </>,
    );
    await screen.findByText(t.broken.part);
    expect(screen.getByText('page')).toBeTruthy();
    bad = false;
    fireEvent.click(screen.getByRole('button', { name: t.broken.again }));
    expect(screen.getByText('here')).toBeTruthy();
  });
});
