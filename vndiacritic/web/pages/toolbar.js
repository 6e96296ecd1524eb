// What both pages have above the text: a slider of confidence, and how much is left to decide.

class Threshold {
  #words;
  #input = document.getElementById("threshold");
  #output = document.getElementById("below");
  #steps;

  // changed(odds) is called with ten-thousandths.
  constructor(words, odds, changed) {
    this.#words = words;
    this.#steps = [...new Set([...STEPS, odds])].sort((a, b) => a - b);
    this.#input.max = String(this.#steps.length - 1);
    this.#input.value = String(this.#steps.indexOf(odds));
    this.#input.addEventListener("input", () => this.#show());
    this.#input.addEventListener("change", () => changed(this.odds));
    words.onChange(() => this.#show());
  }

  get odds() {
    return this.#steps[Number(this.#input.value)];
  }

  #show() {
    const text = this.#words.percent(this.odds);
    this.#output.textContent = text;
    this.#input.setAttribute("aria-valuetext", text);
  }
}

function showCount(words, count) {
  document.getElementById("count").textContent = count.all ? words.say("count", count) : words.say("none");
}

function onClick(id, action) {
  document.getElementById(id).addEventListener("click", action);
}
