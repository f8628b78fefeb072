// Browsers have it; Node has it from version 20 on.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
