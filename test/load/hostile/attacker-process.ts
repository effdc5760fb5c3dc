// Entry of an attacker in a process of its own, so that what it does costs the victim's clock nothing. Told what to do by its
// argument; ends when its time is over or whoever began it is gone.

import { createAttacker, runAttack } from './attack.ts';
import type { AttackOrder } from './attacks.ts';
import { attacks } from './attacks.ts';
import { openHostileSite } from './hostile-site.ts';

const { name, target, seconds }: AttackOrder = JSON.parse(process.argv[2] ?? '');
const attack = attacks.find((one) => one.name === name);
if (attack === undefined) throw new Error(`there is no attack ${name}`);
process.on('disconnect', () => process.exit(1));
const over = AbortSignal.timeout(seconds * 1000);
const site = await openHostileSite();
const rounds = await runAttack(attack, createAttacker({ ...target, siteUrl: site.url }, over));
process.send?.({ rounds });
process.exit(0);
