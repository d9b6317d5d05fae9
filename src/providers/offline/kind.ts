/** Of what type a ticket is and how urgent, by the words that people use for it. */
import type { TicketPriority, TicketType } from '../../core/ticket-fields.ts';
import type { Item } from './read.ts';

const BUG =
  /\b(?:crash\w*|errors?|fail\w*|broken?|cannot|can not|(?:ca|do|does|did|is|are|was|were|wo|have|has)n['’]?t|(?:does|do|is|are|did) not|no longer|hangs?|hung|freez\w*|wrong(?:ly)?|incorrect\w*|missing|exception|times? ?out|timeout|los(?:e|es|t|ing)|drops?|stuck|bug|ignores?|duplicat\w+|twice|cut off|stale|outdated|garbled|blank|nothing happens|typo|misspel\w+|looks? off|too (?:early|late)|an? (?:day|hour) (?:early|late)|overwrites?|404|500|fehler\w*|kaputt|funktioniert nicht|(?:kann|können|geht|gehen)\b.{0,60}\b(?:nicht|keine?[nrs]?)|no (?:funciona|puedo|podemos|se puede)|ne (?:marche|fonctionne)\w*|plante\w*|impossible de|não funciona|non funziona)\b|\b(?:says?|reads?) ["“]|エラー|動かない|できない|ません|落ちる|不具合|无法|不能|错误|오류|안 (?:돼|됩니다)/iu;
/** A wish that is told as a lack: "cannot go live without …". */
const LACK = /\b(?:cannot|can['’]?t) [^.!?]{0,40}\bwithout\b/gi;
const FAULT = /\b(?:crash\w*|errors?|fail\w*|broken)\b/i;
const FEATURE =
  /\b(?:(?:would|'d) be (?:nice|great|cool|good)|can we|could we|we (?:need|want)|i(?:'d| would) (?:like|love)|i want|please add|add|support|allow|feature|let (?:me|us|users|\w+s)|necesitamos|queremos|wir (?:brauchen|möchten|hätten gern)|wäre (?:schön|gut)|nous (?:voulons|avons besoin)|(?:it|sería) (?:bueno|genial))\b/i;
/** What begins with one of these is to be built. */
const BUILD =
  /^(?:(?:please|we should|we could|let's)\s+)*(?:show|display|let|make it possible|offer|notify|warn|remember|invite|sign up|pay|export|import|filter|sort|group|highlight|rate limit)\b/i;
const TASK =
  /^(?:please |we (?:need|have) to |let's |can (?:we|you) )?(?:update|upgrade|bump|migrate|rename|remove|delete|refactor|document|write|clean up|rotate|move|replace|investigate|set up|configure)\b/i;
const SLOW =
  /\b(?:slow(?:ly|er)?|faster|improve|simplif\w+|easier|clearer|takes? (?:too long|\d+))\b/i;

const CRITICAL =
  /\b(?:(?:nobody|no one)(?: \w+){0,3} can|customers? can(?:'|no)t|can(?:'|no)t (?:pay|log ?in|check ?out)|data loss|(?:production|prod|everything) (?:is )?down|outage|security (?:hole|breach|issue)|critical|all users|losing (?:data|orders|money))\b/i;
const HIGH =
  /\b(?:urgent|asap|high priority|blocking|blocker|blocked|many (?:users|customers)|every(?:one| time| customer)|deadline|important|took us down|dringend|urgente)\b/i;
const LOW =
  /\b(?:would be nice|nice to have|low priority|minor|cosmetic|typo|no (?:rush|hurry)|some ?day|at some point|whenever)\b/i;

export function priorityOf(said: string): TicketPriority {
  if (CRITICAL.test(said)) return 'critical';
  return HIGH.test(said) ? 'high' : LOW.test(said) ? 'low' : 'medium';
}

export function typeOf({ code, sentences }: Item, said: string): TicketType {
  const isBug = code.length > 0 || BUG.test(said.replaceAll(LACK, ''));
  const [first = ''] = sentences;
  if (!isBug && sentences.some((sentence) => TASK.test(sentence))) return 'task';
  const isWish = FEATURE.test(first) && code.length === 0 && !FAULT.test(said);
  if (isBug && !isWish) return 'bug';
  if (!isBug && SLOW.test(said)) return 'improvement';
  return isWish || FEATURE.test(said) || BUILD.test(first) ? 'feature' : 'task';
}

/** Whether a sentence speaks of what makes the ticket one of this type. */
export function speaksOf(type: TicketType, sentence: string): boolean {
  if (type === 'bug') return BUG.test(sentence);
  if (type === 'improvement') return SLOW.test(sentence);
  return type === 'feature' ? FEATURE.test(sentence) || BUILD.test(sentence) : TASK.test(sentence);
}
