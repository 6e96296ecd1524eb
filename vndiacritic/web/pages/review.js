// The page of a review: one file, whose text is in the page and leaves it as a download.

const READ_AT_ONCE = 200; // pieces between two looks at what the reader does

class Review {
  #words = new Words(datumOf("words"));
  #facts = datumOf("facts");
  #text = new ReviewedText();
  #view = new View(this.#text, this.#words, document.getElementById("text"), () => this.#changed());
  #isSaved = true;

  async start() {
    const threshold = new Threshold(this.#words, this.#facts.threshold, (odds) => this.#recolour(odds));
    this.#text.threshold = threshold.odds;
    onClick("previous", () => this.#view.step(-1));
    onClick("next", () => this.#view.step(1));
    onClick("undo", () => this.#view.undo());
    onClick("language", () => this.#words.toggle());
    onClick("download", () => this.#download());
    this.#words.onChange(() => {
      this.#view.refresh();
      this.#count();
    });
    this.#words.fill();
    addEventListener("beforeunload", (event) => {
      if (!this.#isSaved) event.preventDefault();
    });
    await this.#read();
    document.getElementById("download").disabled = false;
    this.#count();
  }

  // A long text takes a while to read, and the page answers all the while.
  async #read() {
    for (const block of dataOf("pieces")) {
      for (let start = 0; start < block.length; start += READ_AT_ONCE) {
        const pieces = block.slice(start, start + READ_AT_ONCE);
        this.#view.append(pieces.map((parts) => new Piece(parts, this.#facts.forms)));
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
  }

  #recolour(odds) {
    this.#text.threshold = odds;
    this.#view.refresh();
    this.#count();
  }

  #changed() {
    this.#isSaved = !this.#text.isDecidedAnywhere;
    this.#count();
  }

  #count() {
    showCount(this.#words, this.#text.count());
  }

  #download() {
    download(this.#facts.download, this.#text.texts());
    this.#isSaved = true;
  }
}

new Review().start();
