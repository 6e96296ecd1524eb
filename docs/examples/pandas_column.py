"""Restores a column of a table with pandas, and tells which rows are in doubt."""

import pandas as pd

import vndiacritic

restorer = vndiacritic.load_model()

table = pd.DataFrame({"id": [1, 2, 3], "title": ["Hom nay troi dep", "Toi thay ma", None]})
given = table["title"].fillna("")
table["restored"] = restorer.predict(given.tolist())
# The least sure syllable of a title is as sure as the title.
table["sure"] = [min((choice.confidence for choice in restorer.explain(title)), default=1.0) for title in given]

print(table[["id", "restored"]].to_csv(index=False), end="")
print("to look at:", table.loc[table["sure"] < 0.9, "id"].tolist())
