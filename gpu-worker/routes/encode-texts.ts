// POST /v1/encode/texts: texts to embeddings.

import { EncodeTexts, encodedContentType } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { fileResponse } from '../http/file-response.ts';
import { readSignedJson } from '../http/signed-body.ts';
import { withEncoder } from '../http/with-encoder.ts';
import type { Services } from '../services.ts';
import { encodeTexts } from '../use-cases/encode-texts.ts';

/** A text weighs about this share of a picture: nothing is decoded, and most towers are shorter. */
const textsPerPicture = 8;

export function encodeTextsRoute(services: Services) {
  return answering(services, async (context) => {
    const body = await readSignedJson(context, EncodeTexts);
    if (!body.ok) return body;
    const { model, texts } = body.value;
    const task = { model, cost: Math.ceil(texts.length / textsPerPicture) };
    const answer = await withEncoder(services, context, task, (encoder, options) =>
      encodeTexts(body.value, encoder, options),
    );
    if (!answer.ok) return answer;
    services.metrics.textsEncoded(texts.length);
    return ok(fileResponse(encodedContentType, answer.value));
  });
}
