// The box with the forms that a syllable could have. It belongs to one syllable at a time, its owner, which keeps the
// keyboard's focus and which screen readers take for a combobox: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

const WRITABLE = /^[\p{L}\p{M}\p{N} '’-]+$/u; // nothing that is markup, a quote or a line's end in some format

class FormsBox {
  owner = null;
  #words;
  #box = document.getElementById("forms");
  #list = document.getElementById("options");
  #own = document.getElementById("own");
  #input = this.#own.querySelector("input");
  #message = this.#own.querySelector("output");
  #options = [];
  #at = 0;

  // take(text, goOn) is called with what the reader wants; goOn where the keyboard was used.
  constructor(words, take) {
    this.#words = words;
    this.#list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(this.#options[Number(option.dataset.number)].text, false);
    });
    // The focus stays with the syllable, unless it goes to the field.
    this.#box.addEventListener("pointerdown", (event) => {
      if (!this.#own.contains(event.target)) event.preventDefault();
    });
    this.#box.addEventListener("mousedown", (event) => {
      if (!this.#own.contains(event.target)) event.preventDefault();
    });
    this.#own.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#input.value.normalize(); // as most text is; what was there may be decomposed all the same
      if (WRITABLE.test(text)) take(text, true);
      else this.#message.textContent = this.#words.say("letters");
    });
  }

  get element() {
    return this.#box;
  }

  get highlighted() {
    return this.#options[this.#at]?.text;
  }

  // The form with a number that a key has: 1 to 9, and 0 for what was there.
  numbered(digit, source) {
    return digit === 0 ? source : this.#options[digit - 1]?.text;
  }

  isFor(owner) {
    return this.owner === owner && owner !== null;
  }

  open(owner, options, current) {
    this.close();
    this.owner = owner;
    this.#options = options;
    this.#list.replaceChildren(...options.map((option, number) => this.#drawn(option, number, current)));
    this.#input.value = "";
    this.#message.textContent = "";
    this.#box.hidden = false;
    owner.setAttribute("aria-expanded", "true");
    this.#highlight(Math.max(0, options.findIndex((option) => option.text === current)));
    this.place();
  }

  close() {
    if (!this.owner) return;
    this.owner.setAttribute("aria-expanded", "false");
    this.owner.removeAttribute("aria-activedescendant");
    this.owner = null;
    this.#box.hidden = true;
  }

  move(step) {
    const count = this.#options.length;
    this.#highlight((this.#at + step + count) % count);
  }

  write() {
    this.#input.focus();
  }

  // Below the syllable, or above where there is more room; on a small screen the style puts it at the bottom.
  place() {
    if (!this.owner) return;
    const gap = 4;
    const at = this.owner.getClientRects()[0] ?? this.owner.getBoundingClientRect();
    const box = this.#box.getBoundingClientRect();
    const fitsBelow = at.bottom + gap + box.height <= innerHeight;
    const top = fitsBelow || at.top < box.height ? at.bottom + gap : at.top - gap - box.height;
    this.#box.style.setProperty("--top", `${top}px`);
    this.#box.style.setProperty("--left", `${Math.max(gap, Math.min(at.left, innerWidth - box.width - gap))}px`);
  }

  #highlight(number) {
    this.#at = number;
    for (const [i, element] of Array.from(this.#list.children).entries()) {
      element.classList.toggle("highlighted", i === number);
    }
    this.owner.setAttribute("aria-activedescendant", this.#list.children[number].id);
    this.#list.children[number].scrollIntoView({ block: "nearest" });
  }

  #drawn(option, number, current) {
    const element = document.createElement("li");
    element.id = `option-${number}`;
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", String(option.text === current));
    element.dataset.number = String(number);
    const key = document.createElement("kbd");
    key.textContent = option.odds === null ? "0" : String(number + 1);
    key.setAttribute("aria-hidden", "true");
    const form = document.createElement("bdi");
    form.lang = "vi";
    form.textContent = option.text;
    const share = document.createElement("small");
    share.textContent = option.odds === null ? this.#words.say("before") : this.#words.percent(option.odds);
    element.style.setProperty("--share", `${(option.odds ?? 0) / 100}%`);
    element.append(key, " ", form, " ", share);
    return element;
  }
}
