"""A restorer as a step of a scikit-learn pipeline that sorts messages, and goes through a pickle with it."""

import pickle

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import vndiacritic

restorer = vndiacritic.load_model()
messages = ["hàng giao chậm quá", "giao hàng trễ hai ngày", "món ăn rất ngon", "đồ ăn ngon và nóng"]
subjects = ["delivery", "delivery", "food", "food"]

pipeline = make_pipeline(FunctionTransformer(restorer.predict), TfidfVectorizer(), MultinomialNB())
pipeline.fit(messages, subjects)
print(pipeline.predict(["giao hang cham", "mon an ngon"]).tolist())

again = pickle.loads(pickle.dumps(pipeline))  # noqa: S301 (our own)
print(again.predict(["do an nong"]).tolist())
