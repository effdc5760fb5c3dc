// Where the console starts: styles, then the app.

import { render } from 'preact';
import 'virtual:figures.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/screens.css';
import { App } from './app.tsx';
import { applyStoredTheme } from './theme.ts';

applyStoredTheme();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
