-- How plain CLIP of a model scores: NULL for softmax, else the bias of its sigmoid.
ALTER TABLE models ADD COLUMN logit_bias REAL;
