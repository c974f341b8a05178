interface Call<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** So many at most are answered together: one of them must not wait for very many others. */
const MOST_AT_ONCE = 100;

/**
 * Answers together what is asked for in one turn of the event loop: to ask a database for fifty things at once costs little more than asking for one.
 * `answerAll` gives an answer for each, in their order. Where it fails each is asked for again by itself, so that nobody has the failure of another.
 */
export class GatheredCalls<Asked, Answer> {
  readonly #answerAll: (asked: readonly Asked[]) => Promise<readonly Answer[]>;
  #waiting: Call<Asked, Answer>[] = [];

  constructor(answerAll: (asked: readonly Asked[]) => Promise<readonly Answer[]>) {
    this.#answerAll = answerAll;
  }

  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#answerWaiting());
      this.#waiting.push({ asked, resolve, reject });
    });
  }

  #answerWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += MOST_AT_ONCE) {
      void this.#answer(waiting.slice(from, from + MOST_AT_ONCE));
    }
  }

  #answer(calls: readonly Call<Asked, Answer>[]): Promise<void> {
    return this.#answerAll(calls.map(({ asked }) => asked)).then(
      (answers) => {
        for (const [index, answer] of answers.entries()) calls[index]?.resolve(answer);
      },
      (error: unknown) => {
        const [first, ...others] = calls;
        if (others.length === 0) first?.reject(error);
        else for (const call of calls) void this.#answer([call]);
      },
    );
  }
}
