/** One thing that was looked at, in a sentence without a secret. */
export interface Finding {
  subject: string;
  /** False for what has to be mended. */
  isFine: boolean;
  sentence: string;
}

export function fine(subject: string, sentence: string): Finding {
  return { subject, isFine: true, sentence };
}

export function wrong(subject: string, sentence: string): Finding {
  return { subject, isFine: false, sentence };
}
