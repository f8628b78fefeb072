// Browsers have it; Node has it from version 20 on.
import { webcrypto } from 'node:crypto';
import { afterEach } from 'vitest';

globalThis.crypto ??= webcrypto;

// Tests of components begin with `@vitest-environment jsdom`; what jsdom lacks of a browser:
if (globalThis.window) {
  const { cleanup } = await import('@testing-library/react');
  window.matchMedia = () => ({ matches: false, addEventListener() {}, removeEventListener() {} });
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  afterEach(cleanup);
}
