import '@cloudscape-design/global-styles/index.css';
import { createRoot } from 'react-dom/client';
import { applyPreferences } from '../shell/preferences.ts';
import { ReviewApp } from './app.tsx';

applyPreferences();
createRoot(document.querySelector('#root')!).render(<ReviewApp />);
