// @vitest-environment jsdom
import { fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dictOf } from '@/lib/i18n';
import { setPrefs } from '@/lib/prefs';
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
