/** A word that the deployed code no longer uses. */
export interface RetiredWord {
  /**
   * The word with its inflections, in lower case. `take … up` allows up to two words in the gap.
   */
  readonly forms: readonly string[];
  /** What to write instead. */
  readonly advice: string;
  /**
   * `everywhere`: in names and in prose. `names`: only in names, because the word is good English
   * elsewhere (a member is left out). `noun`: in names, and in prose after a determiner, because
   * only the verb is good English (the app moves users).
   */
  readonly scope: 'everywhere' | 'names' | 'noun';
}

function retired(scope: RetiredWord['scope'], words: string, advice: string): RetiredWord {
  return { scope, forms: words.split(' '), advice };
}

/** A verb in all its forms with a particle. */
function phrase(verbs: string, particle: string, advice: string): RetiredWord {
  const forms = verbs.split(' ').map((verb) => `${verb} … ${particle}`);
  return { scope: 'everywhere', forms, advice };
}

const allFormsOfTake = 'take takes took taken taking';

export const retiredWords: readonly RetiredWord[] = [
  retired('everywhere', 'bell bells', 'wake-up event'),
  retired('everywhere', 'ring rings rang rung ringing', 'raise the wake-up event'),
  retired('everywhere', 'errand errands', 'operation'),
  retired('everywhere', 'persist persists persisted persisting', 'repeat until done; store'),
  retired('everywhere', 'obey obeys obeyed obeying', 'execute; handle'),
  retired('everywhere', 'gate gates gated', 'checkpoint'),
  retired('everywhere', 'digest digests', 'hash'),
  retired('everywhere', 'doubt doubts doubted doubtful', 'unknown'),
  retired('everywhere', 'whoever whomever', 'a name for the person or the thing'),
  retired('everywhere', 'he him his himself', 'it for a row or a request; they for a person'),
  retired('everywhere', 'room rooms', 'quota'),
  retired('everywhere', 'slot slots', 'quota'),
  retired('everywhere', 'round rounds', 'run'),
  retired('everywhere', 'book books booked', 'a name for what is stored: commands, jobs'),
  retired('everywhere', 'settle settles settled settling unsettled', 'end; finish; record'),
  phrase('carry carries carried carrying', 'out', 'execute'),
  phrase('let lets letting', 'go', 'release'),
  phrase(allFormsOfTake, 'up', 'retry; handle'),
  phrase(allFormsOfTake, 'over', 'adopt'),
  retired('noun', 'move moves', 'SharePoint task'),
  retired('noun', 'look looks', 'poll; status check'),
  retired('noun', 'pass passes', 'run; validation result'),
  retired('noun', 'answer answers', 'result; response for HTTP'),
  retired('names', 'answered answering', 'handled; completed'),
  retired('names', 'place places', 'quota; position'),
  retired('names', 'lost', 'unknown; out of sight; missing'),
  retired('names', 'left', 'remaining; unfinished'),
  retired('names', 'keep keeps kept keeping', 'store; save'),
];

/**
 * The uses that stay. A text is matched word by word, and a name is written as its words:
 * `moveAgain` is `move again`. A pattern is matched against a whole name.
 */
export const exceptions: readonly { readonly use: string | RegExp; readonly reason: string }[] = [
  { use: /[lL]ookUps/, reason: 'The plural of look-up, in a name.' },
  { use: 'look up', reason: 'The design uses it: a write of unknown result is looked up.' },
  { use: 'move again', reason: 'A member of a request: the verb, for users.' },
  { use: 'move of', reason: 'What Microsoft does with a mailbox or a chat, not a task of ours.' },
  { use: 'queued moves', reason: 'What Microsoft calls the entries of its migration queue.' },
  { use: 'up to', reason: 'A limit: "takes up to ten seconds".' },
  { use: 'keep alive', reason: 'A member of the options of the HTTP agent of Node.js.' },
  { use: /^MnA[A-Z]/, reason: 'Error codes of Microsoft, spelt as published.' },
  { use: 'move request', reason: 'What Exchange calls the migration of a mailbox.' },
  { use: /^SPOCrossTenant/, reason: 'Cmdlets of SharePoint, spelt as published.' },
  { use: /^MailboxMove/, reason: 'Properties of a mailbox in Exchange, spelt as published.' },
];

/** Words that make the next word a noun. */
export const determiners: ReadonlySet<string> = new Set(
  'a an the this that these those each every no one two any some all its their our whose of next last first second'.split(
    ' ',
  ),
);

/**
 * After these, a word with a final s is a noun too; after the others it may be a verb (this
 * answers, no one moves).
 */
export const pluralDeterminers: ReadonlySet<string> = new Set(
  'the these those no two any some all its their our of last first next'.split(' '),
);

/** Words that make the next word a verb, also after a determiner (the group that may move). */
export const verbMarkers: ReadonlySet<string> = new Set(
  'may can must will should could would to not do does did you they it we who'.split(' '),
);
