/** A process that files issues with the local tracker: `local-filer.ts <directory> <count>`. */
import { createLocalTracker } from '../../src/trackers/local.ts';

const [, , directory = '', count = '1'] = process.argv;
const tracker = createLocalTracker({ directory });
for (let n = 0; n < Number(count); n += 1) {
  const marker = `prompt-to-issue:${process.pid}-${n}`;
  const issue = {
    project: 'shop',
    title: 'At once',
    body: '',
    rest: [],
    labels: [],
    assignees: [],
    marker,
  };
  await tracker.createIssue(issue, new AbortController().signal);
}
