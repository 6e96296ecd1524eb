// A reviewed text on the page: coloured, with the forms of each doubtful syllable a key or a tap away.
//
// Every piece is an element. One far from the screen is plain text, so that the browser can lay it out, or leave it,
// at no cost, and still find words in it; near the screen its doubtful syllables become elements of their own.

const NEAR = "600px";
const LINE = 70; // characters, for a guess at the height of what was never laid out

function shown(text) {
  return text.replace(/\r\n?/g, "\n");
}

class View {
  #text;
  #words;
  #root;
  #changed;
  #box;
  #elements = new Map(); // piece: its element
  #pieces = new WeakMap(); // element: its piece
  #syllables = new Map(); // drawn piece: a map from cells to their elements
  #cells = new WeakMap(); // syllable's element: {piece, i}
  #current = null; // {piece, i}, where the reader is
  #hovered = 0;
  #observer;

  // changed() is called when the reader has decided something.
  constructor(text, words, root, changed) {
    this.#text = text;
    this.#words = words;
    this.#root = root;
    this.#changed = changed;
    this.#box = new FormsBox(words, (form, goOn) => this.#take(form, goOn));
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: NEAR });
    this.#listen();
  }

  // ---- pieces

  append(pieces) {
    this.#text.append(pieces);
    this.#root.append(...pieces.map((piece) => this.#elementOf(piece)));
  }

  // Show other pieces in the place of some.
  splice(start, count, pieces) {
    const gone = this.#text.pieces.slice(start, start + count);
    const after = this.#elements.get(this.#text.pieces[start + count]) ?? null;
    if (gone.includes(this.#current?.piece)) this.#leave();
    for (const piece of gone) this.#forget(piece);
    this.#text.splice(start, count, pieces);
    for (const piece of pieces) this.#root.insertBefore(this.#elementOf(piece), after);
  }

  #elementOf(piece) {
    const element = document.createElement("div");
    const text = shown(piece.text());
    element.className = "piece";
    element.classList.toggle("runs-on", !text.endsWith("\n"));
    element.textContent = text;
    const lines = text.split("\n").reduce((sum, line) => sum + Math.ceil((line.length + 1) / LINE), 0);
    element.style.setProperty("--lines", String(lines));
    this.#elements.set(piece, element);
    this.#pieces.set(element, piece);
    this.#observer.observe(element);
    return element;
  }

  #forget(piece) {
    const element = this.#elements.get(piece);
    this.#observer.unobserve(element);
    this.#syllables.delete(piece);
    this.#elements.delete(piece);
    element.remove();
  }

  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const piece = this.#pieces.get(target);
      if (!this.#elements.has(piece)) continue; // gone by now
      if (isIntersecting && !this.#syllables.has(piece)) this.#draw(piece);
      else if (!isIntersecting && piece !== this.#current?.piece) this.#flatten(piece);
    }
  }

  #flatten(piece) {
    if (!this.#syllables.delete(piece)) return;
    this.#elements.get(piece).textContent = shown(piece.text());
  }

  #draw(piece) {
    const parts = [];
    const syllables = new Map();
    let plain = piece.gap(0);
    for (let i = 0; i < piece.size; i++) {
      if (this.#text.isDoubtful(piece, i)) {
        const syllable = this.#syllable(piece, i);
        syllables.set(i, syllable);
        parts.push(shown(plain), syllable);
        plain = "";
      } else plain += piece.current(i);
      plain += piece.gap(i + 1);
    }
    this.#syllables.set(piece, syllables);
    this.#elements.get(piece).replaceChildren(...parts, shown(plain));
  }

  // ---- syllables

  #syllable(piece, i) {
    const element = document.createElement("span");
    element.tabIndex = -1;
    element.setAttribute("role", "combobox");
    element.setAttribute("aria-haspopup", "listbox");
    element.setAttribute("aria-controls", "options");
    element.setAttribute("aria-expanded", "false");
    this.#cells.set(element, { piece, i });
    this.#fill(element, piece, i);
    return element;
  }

  #fill(element, piece, i) {
    const odds = piece.odds(i);
    const level = odds < 5000 ? "d1" : odds < 7000 ? "d2" : odds < 9000 ? "d3" : "d4";
    element.className = piece.chosen.has(i) ? "decided" : level;
    element.textContent = piece.current(i);
    element.setAttribute("aria-label", `${piece.current(i)}, ${this.#words.percent(odds)}`);
  }

  // What is shown of one syllable follows what was decided of it.
  #refresh(piece, i) {
    const syllable = this.#syllables.get(piece)?.get(i);
    if (syllable) this.#fill(syllable, piece, i);
    else if (this.#syllables.has(piece)) this.#draw(piece);
    else this.#elements.get(piece).textContent = shown(piece.text());
  }

  refresh() {
    const current = this.#current;
    const hasFocus = this.#root.contains(document.activeElement) && document.activeElement !== this.#root;
    this.#box.close();
    for (const piece of [...this.#syllables.keys()]) this.#draw(piece);
    if (current && hasFocus && this.#text.isDoubtful(current.piece, current.i)) this.go(current);
  }

  // ---- moving

  // Bring a syllable onto the screen and give it the keyboard's focus.
  go({ piece, i }) {
    const left = this.#current?.piece;
    this.#current = { piece, i };
    if (!this.#syllables.has(piece)) this.#draw(piece);
    const syllable = this.#syllables.get(piece).get(i);
    syllable.focus({ preventScroll: true });
    syllable.scrollIntoView({ block: "center" });
    this.#box.place();
    if (left && left !== piece) this.#observeAgain(left);
  }

  // It was kept for the reader's sake; now it depends again on where the screen is.
  #observeAgain(piece) {
    const element = this.#elements.get(piece);
    if (!element) return;
    this.#observer.unobserve(element);
    this.#observer.observe(element);
  }

  step(step) {
    const at = this.#current ?? this.#onScreen(step);
    const next = this.#text.next(at.piece.number, at.i === null ? null : at.i + step, step);
    if (next) this.go(next);
    return next !== null;
  }

  // Where a reader begins who was nowhere yet: at the first piece that is on the screen.
  #onScreen(step) {
    const top = this.#root.getBoundingClientRect().top;
    const isOnScreen = (piece) => this.#elements.get(piece).getBoundingClientRect().bottom > Math.max(0, top);
    const pieces = this.#text.pieces;
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isOnScreen(pieces[middle])) high = middle;
      else low = middle + 1;
    }
    const piece = pieces[low] ?? { number: 0 };
    return { piece, i: step > 0 ? 0 - step : piece.size ?? 0 };
  }

  #leave() {
    this.#box.close();
    this.#current = null;
  }

  // ---- deciding

  #take(form, goOn) {
    const at = this.#cells.get(this.#box.owner) ?? this.#current;
    if (!at || form === undefined) return;
    const isCurrent = at.piece === this.#current?.piece && at.i === this.#current?.i;
    this.#box.close();
    this.#text.decide(at.piece, at.i, form);
    this.#refresh(at.piece, at.i);
    this.#changed();
    if (goOn && !(isCurrent && this.step(1))) this.go(at);
  }

  undo() {
    const at = this.#text.undo();
    if (!at) return;
    this.#box.close();
    this.#refresh(at.piece, at.i);
    this.#changed();
    if (this.#text.isDoubtful(at.piece, at.i)) this.go(at);
  }

  // ---- the reader's hands

  #listen() {
    const root = this.#root;
    root.addEventListener("focusin", (event) => this.#open(event.target));
    root.addEventListener("click", (event) => this.#open(event.target));
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("copy", (event) => this.#copy(event));
    root.addEventListener("pointerover", (event) => this.#hover(event, true));
    root.addEventListener("pointerout", (event) => this.#hover(event, false));
    this.#box.element.addEventListener("pointerover", (event) => this.#hover(event, true));
    this.#box.element.addEventListener("pointerout", (event) => this.#hover(event, false));
    this.#box.element.addEventListener("keydown", (event) => this.#keyInBox(event));
    document.addEventListener("pointerdown", (event) => {
      if (!this.#box.element.contains(event.target) && !this.#cells.has(event.target)) this.#box.close();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#box.close();
    });
    addEventListener("scroll", () => this.#box.place(), { passive: true });
    addEventListener("resize", () => this.#box.place());
  }

  // Browsers would put a line's end of their own between pieces.
  #copy(event) {
    const range = getSelection().rangeCount ? getSelection().getRangeAt(0) : null;
    if (!range || !this.#root.contains(range.commonAncestorContainer)) return;
    event.clipboardData.setData("text/plain", range.cloneContents().textContent);
    event.preventDefault();
  }

  #open(element) {
    const at = this.#cells.get(element);
    if (!at) return;
    const left = this.#current?.piece;
    if (element === document.activeElement) {
      this.#current = at;
      if (left && left !== at.piece) this.#observeAgain(left);
    }
    if (!this.#box.isFor(element)) this.#box.open(element, at.piece.options(at.i), at.piece.current(at.i));
  }

  // Hovering shows the forms, without taking the focus; they stay while the pointer is over them.
  #hover(event, isOver) {
    if (event.pointerType !== "mouse") return;
    clearTimeout(this.#hovered);
    const isSyllable = this.#cells.has(event.target);
    const inBox = this.#box.element.contains(event.target);
    if (inBox && isOver) return;
    if (isOver && isSyllable && !this.#isWriting) this.#hovered = setTimeout(() => this.#open(event.target), 150);
    else if (!isOver && (isSyllable || inBox)) this.#hovered = setTimeout(() => this.#unhover(), 300);
  }

  #unhover() {
    if (this.#box.owner !== document.activeElement && !this.#isWriting) this.#box.close();
  }

  get #isWriting() {
    return this.#box.element.contains(document.activeElement);
  }

  #key(event) {
    if (event.altKey || event.metaKey) return;
    const at = this.#cells.get(document.activeElement);
    const action = event.ctrlKey ? (event.key === "z" ? () => this.undo() : null) : this.#action(event, at);
    if (!action) return;
    event.preventDefault();
    action();
  }

  #action({ key }, at) {
    switch (key) {
      case "n":
        return () => this.step(1);
      case "p":
        return () => this.step(-1);
      case "u":
        return () => this.undo();
    }
    if (!at) return null;
    const syllable = document.activeElement;
    const isOpen = this.#box.isFor(syllable);
    switch (key) {
      case "ArrowDown":
      case "ArrowUp":
        return () => (isOpen ? this.#box.move(key === "ArrowDown" ? 1 : -1) : this.#open(syllable));
      case "Enter":
      case " ":
        return () => (isOpen ? this.#take(this.#box.highlighted, true) : this.#open(syllable));
      case "t":
        return () => {
          this.#open(syllable);
          this.#box.write();
        };
    }
    if (!/^[0-9]$/.test(key)) return null;
    return () => {
      this.#open(syllable);
      this.#take(this.#box.numbered(Number(key), at.piece.source(at.i)), true);
    };
  }

  #keyInBox(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    const owner = this.#box.owner;
    this.#box.close();
    owner?.focus();
  }
}
