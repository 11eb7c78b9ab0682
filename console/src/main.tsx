import '@cloudscape-design/global-styles/index.css';
import { createRoot } from 'react-dom/client';
import { App } from './shell/app.tsx';
import { applyPreferences } from './shell/preferences.ts';

applyPreferences();
createRoot(document.querySelector('#root')!).render(<App />);
