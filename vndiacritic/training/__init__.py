"""Training: from corpora to a model file. The only part of the package that imports scikit-learn."""
