// A text in pieces, with syllables in doubt, and what a reader has decided of them. Knows nothing of how it is shown.
//
// A piece is [gap, cell, gap, cell, …, gap]. A cell is [source, form, odds, form, odds, …]: numbers of strings in a
// table of forms, odds in ten-thousandths; the first form is what is written, the others follow by their odds.

const STEPS = [3000, 5000, 6000, 7000, 8000, 9000, 9500, 9800, 9900, 9950, 9990];

class Piece {
  chosen = new Map(); // from the number of a cell to what the reader wants there
  number = 0;

  constructor(parts, forms) {
    this.parts = parts;
    this.forms = forms;
  }

  get size() {
    return this.parts.length >> 1;
  }

  gap(i) {
    return this.parts[2 * i];
  }

  #cell(i) {
    return this.parts[2 * i + 1];
  }

  source(i) {
    return this.forms[this.#cell(i)[0]];
  }

  odds(i) {
    return this.#cell(i)[2];
  }

  current(i) {
    return this.chosen.get(i) ?? this.forms[this.#cell(i)[1]];
  }

  // What the syllable could be: the forms with their odds, and what was there, if that is none of them.
  options(i) {
    const cell = this.#cell(i);
    const options = [];
    for (let at = 1; at < cell.length; at += 2) options.push({ text: this.forms[cell[at]], odds: cell[at + 1] });
    if (!options.some((option) => option.text === this.source(i))) options.push({ text: this.source(i), odds: null });
    return options;
  }

  text() {
    let text = this.gap(0);
    for (let i = 0; i < this.size; i++) text += this.current(i) + this.gap(i + 1);
    return text;
  }
}

class ReviewedText {
  pieces = [];
  threshold = 9000;
  #decisions = []; // {piece, i, before}, the last is undone first

  append(pieces) {
    for (const piece of pieces) {
      piece.number = this.pieces.length;
      this.pieces.push(piece);
    }
  }

  // Put other pieces in the place of some; decisions in pieces that are gone go with them.
  splice(start, count, pieces) {
    const gone = new Set(this.pieces.slice(start, start + count));
    this.pieces = this.pieces.slice(0, start).concat(pieces, this.pieces.slice(start + count));
    for (let number = start; number < this.pieces.length; number++) this.pieces[number].number = number;
    this.#decisions = this.#decisions.filter((decision) => !gone.has(decision.piece));
  }

  isDoubtful(piece, i) {
    return piece.odds(i) < this.threshold || piece.chosen.has(i);
  }

  get isDecidedAnywhere() {
    return this.#decisions.length > 0;
  }

  decide(piece, i, text) {
    this.#decisions.push({ piece, i, before: piece.chosen.get(i) });
    piece.chosen.set(i, text);
  }

  undo() {
    const decision = this.#decisions.pop();
    if (!decision) return null;
    const { piece, i, before } = decision;
    if (before === undefined) piece.chosen.delete(i);
    else piece.chosen.set(i, before);
    return { piece, i };
  }

  // The doubtful syllable after a place, or before it with a step of -1; null where there is none.
  next(number, i, step) {
    for (; number >= 0 && number < this.pieces.length; number += step) {
      const piece = this.pieces[number];
      for (i ??= step > 0 ? 0 : piece.size - 1; i >= 0 && i < piece.size; i += step) {
        if (this.isDoubtful(piece, i)) return { piece, i };
      }
      i = null;
    }
    return null;
  }

  count() {
    let all = 0;
    let decided = 0;
    for (const piece of this.pieces) {
      for (let i = 0; i < piece.size; i++) all += this.isDoubtful(piece, i);
      decided += piece.chosen.size;
    }
    return { all, left: all - decided };
  }

  // The whole text as strings, which nobody has to join.
  texts() {
    return this.pieces.map((piece) => piece.text());
  }
}

function download(name, texts) {
  const url = URL.createObjectURL(new Blob(texts, { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000); // some browsers begin to read only later
}
