/** `npm run soak`: floods, kill sweeps, outages and hostile requests at full size, the same code as in `npm test`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const SUITES = ['test/promises', 'test/turn-budget.test.ts', 'test/admin/hostile.test.ts'];
const ROUNDS = 3;

for (let round = 1; round <= ROUNDS; round += 1) {
  console.log(`soak, round ${round} of ${ROUNDS}: ${SUITES.join(', ')}`);
  const env = { ...process.env, SOAK: '1', SEED: String(round) };
  const child = spawn('vitest', ['run', '--reporter=verbose', ...SUITES], {
    stdio: 'inherit',
    env,
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exit(1);
}
