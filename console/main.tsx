// Where the console starts: styles, then the app.

import { render } from 'preact';
import 'virtual:figures.css';
import './base.css';
import './shell.css';
import './parts/parts.css';
import './try/try.css';
import './fit/fit.css';
import './report/report.css';
import './environments/environments.css';
import './batches/batches.css';
import './account/account.css';
import { App } from './app.tsx';
import { applyStoredTheme } from './theme.ts';

applyStoredTheme();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
