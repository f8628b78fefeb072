import { expect, it } from 'vitest';

const files = import.meta.glob<string>(
  [
    '/src/styles/tokens.css',
    '/index.html',
    '/icons.py',
    '/public/{manifest.webmanifest,favicon.svg}',
  ],
  { query: '?raw', import: 'default', eager: true },
);
const read = (name: string) => files[name]!;
const tokens = (name: string) =>
  [...read('/src/styles/tokens.css').matchAll(new RegExp(`--${name}: (#[0-9a-f]{6});`, 'g'))].map(
    ([, colour]) => colour,
  );

it('what cannot read tokens.css has its colours', () => {
  const [light, dark] = tokens('paper');
  expect(read('/index.html')).toContain(`content="${light}" data-dark="${dark}"`);
  const { background_color, theme_color } = JSON.parse(read('/public/manifest.webmanifest'));
  expect([background_color, theme_color]).toEqual([light, light]);
  const [accent] = tokens('accent');
  expect(read('/public/favicon.svg')).toContain(`fill="${accent}"`);
  const bytes = accent!.slice(1).toUpperCase().match(/../g)!;
  expect(read('/icons.py')).toContain(`BLUE, WHITE = (0x${bytes.join(', 0x')})`);
});
