import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { Boundary } from './components/boundary';
import { Broken } from './components/broken';
import { watchFocus } from './lib/focus';
import './styles/tokens.css';
import './styles/base.css';
import './styles/auth.css';
import './styles/list.css';
import './styles/card.css';
import './styles/float.css';
import './styles/kept.css';
import './styles/media.css';

watchFocus();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Boundary fallback={() => <Broken />}>
      <App />
    </Boundary>
  </StrictMode>,
);
