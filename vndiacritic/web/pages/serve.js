// The server's page: what is typed on one side is restored on the other.
//
// A line is restored by itself, so only lines that are new are sent, and what was decided in the others stays.

const PAUSE = 200; // milliseconds after the last key

class Workbench {
  #words = new Words(datumOf("words"));
  #facts = datumOf("facts");
  #text = new ReviewedText();
  #view = new View(this.#text, this.#words, document.getElementById("text"), () => this.#count());
  #source = document.getElementById("source");
  #clean = document.getElementById("clean");
  #tone = document.getElementById("tone");
  #known = new Map(); // line: what the server made of it
  #timer = 0;
  #request = null;

  start() {
    const threshold = new Threshold(this.#words, this.#facts.threshold, (odds) => this.#recolour(odds));
    this.#text.threshold = threshold.odds;
    onClick("previous", () => this.#view.step(-1));
    onClick("next", () => this.#view.step(1));
    onClick("undo", () => this.#view.undo());
    onClick("language", () => this.#words.toggle());
    onClick("download", () => download("restored.txt", this.#text.texts()));
    onClick("copy", () => this.#copy());
    this.#source.addEventListener("input", () => this.#soon(PAUSE));
    this.#clean.addEventListener("change", () => this.#soon(0));
    this.#tone.addEventListener("change", () => {
      this.#known.clear();
      this.#soon(0);
    });
    this.#words.onChange(() => {
      this.#view.refresh();
      this.#count();
    });
    this.#words.fill();
    this.#soon(0); // browsers keep what was typed when a page is loaded again
  }

  #soon(pause) {
    clearTimeout(this.#timer);
    this.#request?.abort();
    document.getElementById("text").setAttribute("aria-busy", "true");
    this.#timer = setTimeout(() => this.#restore(), pause);
  }

  async #restore() {
    const request = new AbortController();
    this.#request = request;
    try {
      const cleaned = this.#clean.checked ? await this.#ask("clean", { text: this.#given() }) : null;
      const lines = (cleaned?.text ?? this.#given()).split(/(?<=\n)/).filter((line) => line);
      await this.#learn(lines);
      if (request.signal.aborted) return;
      this.#show(lines.map((line) => this.#known.get(line)));
      this.#known = new Map(lines.map((line) => [line, this.#known.get(line)]));
      this.#tellDropped(cleaned?.lines ?? []);
      this.#fail("");
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#fail(error instanceof TypeError ? this.#words.say("failed") : error.message);
    }
    document.getElementById("text").removeAttribute("aria-busy");
  }

  #given() {
    return this.#source.value.replace(/\p{Surrogate}/gu, "\ufffd"); // half a character is none
  }

  async #learn(lines) {
    const unknown = [...new Set(lines)].filter((line) => !this.#known.has(line));
    if (!unknown.length) return;
    const { pieces, forms } = await this.#ask("review", { text: unknown.join(""), tone_style: this.#tone.value });
    if (pieces.length !== unknown.length) throw new Error(`${pieces.length} lines instead of ${unknown.length}`);
    for (const [number, line] of unknown.entries()) this.#known.set(line, { parts: pieces[number], forms });
  }

  async #ask(kind, fields) {
    const response = await fetch(`/api/${kind}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fields),
      signal: this.#request.signal,
    });
    const value = await response.json();
    if (!response.ok) throw new Error(value.error.message);
    return value;
  }

  // Lines at the beginning and the end that are the same stay, with what was decided in them.
  #show(lines) {
    const old = this.#text.pieces;
    const isSame = (piece, line) => piece.parts === line.parts;
    const most = Math.min(old.length, lines.length);
    let start = 0;
    while (start < most && isSame(old[start], lines[start])) start++;
    let end = 0;
    while (end < most - start && isSame(old.at(-1 - end), lines.at(-1 - end))) end++;
    const fresh = lines.slice(start, lines.length - end).map((line) => new Piece(line.parts, line.forms));
    this.#view.splice(start, old.length - start - end, fresh);
    this.#count();
  }

  #tellDropped(lines) {
    const dropped = lines.filter((line) => line.action === "drop" && line.text.trim());
    const details = document.getElementById("dropped");
    details.hidden = !dropped.length;
    details.querySelector("summary").textContent = this.#words.say("dropped", { count: dropped.length });
    details.querySelector("ul").replaceChildren(
      ...dropped.map((line) => {
        const item = document.createElement("li");
        const reason = document.createElement("small");
        reason.textContent = `${line.label}: ${line.reason}`;
        item.append(line.text.trim(), " ", reason);
        return item;
      }),
    );
  }

  #fail(message) {
    const failure = document.getElementById("failure");
    failure.hidden = !message;
    failure.textContent = message;
  }

  #recolour(odds) {
    this.#text.threshold = odds;
    this.#view.refresh();
    this.#count();
  }

  #count() {
    showCount(this.#words, this.#text.count());
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#text.texts().join(""));
      document.getElementById("count").textContent = this.#words.say("copied");
    } catch (error) {
      this.#fail(error.message); // the browser may ask, and the reader may say no
    }
  }
}

new Workbench().start();
