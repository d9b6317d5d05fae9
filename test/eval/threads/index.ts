/** All threads of the eval. */
import type { EvalThread } from '../thread.ts';
import { BUGS } from './bugs.ts';
import { HOSTILE } from './hostile.ts';
import { LANGUAGES } from './languages.ts';
import { TALK } from './talk.ts';
import { WISHES } from './wishes.ts';

export const THREADS: EvalThread[] = [...BUGS, ...WISHES, ...TALK, ...HOSTILE, ...LANGUAGES];
