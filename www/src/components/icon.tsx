// One stroke, one size, the colour of the text around it.
const paths = {
  plus: 'M10 4v12M4 10h12',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13.2 13.2 17 17',
  close: 'M5 5l10 10M15 5 5 15',
  person:
    'M10 3.2a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6zM3.8 16.8c.6-3 3-4.6 6.2-4.6s5.6 1.6 6.2 4.6',
  trash: 'M3.8 5.5h12.4M8 5.5V3.6h4v1.9M5.3 5.5l.7 11h8l.7-11M8.4 8.6v5M11.6 8.6v5',
  note: 'M4.5 6h11M4.5 10h11M4.5 14h6',
  calendar: 'M4 5.2h12v11H4zM4 8.6h12M7 3.4v3M13 3.4v3',
  clock: 'M10 3.2a6.8 6.8 0 1 0 0 13.6 6.8 6.8 0 0 0 0-13.6zM10 6.4V10l2.6 1.8',
  grip: 'M7.5 5.5h.01M12.5 5.5h.01M7.5 10h.01M12.5 10h.01M7.5 14.5h.01M12.5 14.5h.01',
  up: 'M5 12.5l5-5 5 5',
  eye: 'M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  'eye-off':
    'M3.5 3.5l13 13M8 5.3A7 7 0 0 1 10 5c5 0 7.5 5 7.5 5a13 13 0 0 1-2.2 2.8M5.2 6.7A12 12 0 0 0 2.5 10S5 15 10 15c1.3 0 2.5-.3 3.5-.9M8.6 8.6a2 2 0 0 0 2.8 2.8',
};

type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
