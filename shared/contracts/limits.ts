// How much a request may bring. Free of zod, for the console and the client.

/** Pictures or embeddings of one classification. */
export const maxInputs = 64;
export const maxPictureBytes = 32 * 1024 * 1024;
/** With pictures in it; 3 MiB beside them (edge/http/middleware/scan-json.ts). Larger pictures are sent as they are. */
export const maxJsonBodyBytes = 16 * 1024 * 1024;
/** Items of a batch. */
export const maxBatchItems = 250_000;
/** Items of a batch that are named one by one. */
export const maxBatchListed = 10_000;
/** Labels that a row of a batch tells. */
export const maxBatchTopK = 20;
/** Batches that a tenant may have at a time. */
export const maxBatches = 100;
/** How long a batch is kept after it was asked for. */
export const batchKeptDays = 30;
export const maxLabels = 10_000;
/** All labels of a projection together, in UTF-8: they stand in one row of the database. */
export const maxLabelBytes = 500_000;
/** Pictures left out that an artefact tells of: whoever compares two goes through them at once. */
export const maxLeftOutPictures = 100_000;
/** Of a file's name in a dataset, in characters. */
export const maxFilename = 300;
/** Pairs of environment and class in a dataset: what it shows of itself, and a fit works by. */
export const maxDatasetNames = 50_000;
/** What an item takes of `storedBytes` beside its picture: its row, with names and the indices that hold it. */
export const itemRowBytes = 1024;
/** Of one text, as UTF-8. What is longer than a model's context is cut; what is longer than this is refused before it is read. */
export const maxTextBytes = 32 * 1024;
/** In standard errors: a watched day whose drift is above it is raised. docs/method.md says how often unchanged pictures are. */
export const driftThreshold = 5;
/** How long what was watched of an environment is kept. */
export const watchedDaysKept = 90;
