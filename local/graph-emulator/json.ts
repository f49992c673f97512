import { GraphError } from './graphResponse.ts';

const maxBodyBytes = 4 * 1024 * 1024;

/** Parses JSON. Returns undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the JSON body of a request; undefined when the body is empty. Throws a GraphError. */
export async function readJsonBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > maxBodyBytes)
    throw new GraphError(413, 'RequestEntityTooLarge', 'The request body is too large.');
  if (text === '') return undefined;
  const contentType = request.headers.get('content-type');
  if (contentType === null)
    throw new GraphError(400, 'BadRequest', 'Write requests must contain the Content-Type header.');
  if (!/^application\/json\b/i.test(contentType))
    throw new GraphError(415, 'UnsupportedMediaType', 'The request body must be application/json.');
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphError(400, 'BadRequest', 'The request body is not JSON.');
  }
}
