import { useEffect, useState } from 'react';
import { call, type Guard, isObject, type Reply } from '@/lib/api-client';

type SignUp = Reply<'/sign-up', 'GET', 200>['data'];
export type SignUpMode = SignUp['mode'];
const MODES: Record<SignUpMode, true> = { open: true, closed: true, invitation: true };

const isSignUp: Guard<SignUp> = (data): data is SignUp =>
  isObject(data) && typeof data.mode === 'string' && Object.hasOwn(MODES, data.mode);

/** Who may sign up here; everybody as long as nobody says otherwise: the server has the last word. */
export function useSignUpMode(): SignUpMode {
  const [mode, setMode] = useState<SignUpMode>('open');
  useEffect(() => {
    let gone = false;
    call('GET', '/sign-up', { expect: [200], shape: isSignUp }).then(
      ({ data }) => gone || setMode(data.mode),
      () => {},
    );
    return () => {
      gone = true;
    };
  }, []);
  return mode;
}
