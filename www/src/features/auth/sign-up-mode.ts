import { useEffect, useState } from 'react';
import { call, type Guard, isObject } from '@/lib/api-client';

const MODES = ['open', 'closed', 'invitation'] as const;
export type SignUpMode = (typeof MODES)[number];

const isMode: Guard<{ mode: SignUpMode }> = (data): data is { mode: SignUpMode } =>
  isObject(data) && (MODES as readonly unknown[]).includes(data.mode);

/** Who may sign up here; everybody as long as nobody says otherwise: the server has the last word. */
export function useSignUpMode(): SignUpMode {
  const [mode, setMode] = useState<SignUpMode>('open');
  useEffect(() => {
    let gone = false;
    call('GET', '/sign-up', { expect: [200], shape: isMode }).then(
      ({ data }) => gone || setMode(data.mode),
      () => {},
    );
    return () => {
      gone = true;
    };
  }, []);
  return mode;
}
