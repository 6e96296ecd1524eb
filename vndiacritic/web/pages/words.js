"use strict";

// What the page says, in English or Vietnamese. Elements name their words: data-say for their text, data-say-label
// for what a screen reader calls them, data-say-hint for what an empty field shows.

// The values in the blocks of data of one kind, one after the other. A block is taken out of the page as it is read,
// since it may be long.
function* dataOf(kind) {
  for (const block of document.querySelectorAll(`script[type="application/json"].${kind}`)) {
    const text = block.textContent;
    block.remove();
    yield JSON.parse(text);
  }
}

function datumOf(kind) {
  return dataOf(kind).next().value;
}

class Words {
  #all;
  #spoken;
  #listeners = [];

  constructor(all) {
    this.#all = all;
    this.#spoken = navigator.language.startsWith("vi") ? "vi" : "en";
  }

  say(name, values = {}) {
    const text = this.#all[this.#spoken][name];
    return text.replace(/\{(\w+)\}/g, (_, key) => this.number(values[key]));
  }

  number(value) {
    return value.toLocaleString(this.#spoken);
  }

  percent(odds) {
    // Odds are in ten-thousandths; 99.96 % is not 100 %, nor 0.04 % none.
    const share = odds / 100;
    if (share < 0.1) return `< ${this.number(0.1)} %`;
    return `${this.number(share < 1 || share > 99 ? Math.floor(share * 10) / 10 : Math.floor(share))} %`;
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  toggle() {
    this.#spoken = this.#spoken === "en" ? "vi" : "en";
    this.fill();
  }

  fill() {
    document.documentElement.lang = this.#spoken;
    for (const element of document.querySelectorAll("[data-say]")) element.textContent = this.say(element.dataset.say);
    for (const element of document.querySelectorAll("[data-say-label]")) {
      element.setAttribute("aria-label", this.say(element.dataset.sayLabel));
    }
    for (const element of document.querySelectorAll("[data-say-hint]")) {
      element.placeholder = this.say(element.dataset.sayHint);
    }
    for (const listener of this.#listeners) listener();
  }
}
