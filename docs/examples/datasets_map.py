"""Restores a column of a data set with Hugging Face datasets."""

import datasets

import vndiacritic

restorer = vndiacritic.load_model()


def restore(batch: dict[str, list[str]]) -> dict[str, list[str]]:
    """Restore the texts of a batch."""
    return {"restored": restorer.predict(batch["text"])}


if __name__ == "__main__":
    datasets.disable_progress_bars()
    given = datasets.Dataset.from_dict({"text": ["hom nay troi dep", "cam on ban rat nhieu"]})
    restored = given.map(restore, batched=True, batch_size=1000)  # num_proc=4 for long work
    print(restored["restored"][:])
