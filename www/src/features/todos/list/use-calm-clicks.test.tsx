// @vitest-environment jsdom
import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { useCalmClicks } from './use-calm-clicks';

type Props = { rows: string[]; leaving?: string[]; onClick(row: string): void };

function Rows({ rows, leaving = [], onClick }: Props) {
  const calm = useCalmClicks(new Set(leaving));
  return (
    <div {...calm}>
      {rows.map((row) => (
        <button type="button" key={row} data-row={row} onClick={() => onClick(row)}>
          {row}
        </button>
      ))}
    </div>
  );
}

const at = { clientX: 50, clientY: 80 };

/** jsdom's own events of a pointer have no place. */
const point = (kind: 'pointermove' | 'pointerdown', row: string, place = at) =>
  fireEvent(screen.getByText(row), new MouseEvent(kind, { bubbles: true, ...place }));

const click = (row: string, place = at) => {
  point('pointerdown', row, place);
  fireEvent.click(screen.getByText(row), { ...place, detail: 1 });
};

it('a row that has come under the pointer is not clicked, one that was there is', () => {
  const onClick = vi.fn();
  const { rerender } = render(<Rows rows={['a', 'b']} onClick={onClick} />);
  point('pointermove', 'a');
  rerender(<Rows rows={['a', 'b']} leaving={['a']} onClick={onClick} />);
  rerender(<Rows rows={['b']} onClick={onClick} />);
  click('b');
  click('b', { clientX: 54, clientY: 80 });
  expect(onClick).not.toHaveBeenCalled();
  click('b', { clientX: 90, clientY: 80 });
  expect(onClick).toHaveBeenCalledTimes(1);
});

it('a pointer that has come to a row before another one is gone clicks it', () => {
  const onClick = vi.fn();
  const { rerender } = render(<Rows rows={['a', 'b']} leaving={['a']} onClick={onClick} />);
  point('pointermove', 'b');
  rerender(<Rows rows={['b']} onClick={onClick} />);
  click('b');
  expect(onClick).toHaveBeenCalledWith('b');
});
