// The worker's entry: what the platform calls, and the classes that it makes by name.

import { createApp } from './app.ts';
import { QuotaObject } from './limits/quota-object.ts';
import { routeTable } from './routes/route-table.ts';

const app = createApp(routeTable);

export { QuotaObject };

export default { fetch: app.fetch };
