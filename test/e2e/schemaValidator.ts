import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** What is wrong with a value by the schema at a place of the document; empty when nothing is. */
export type SchemaValidator = (place: readonly string[], value: unknown) => readonly string[];

/** Validates values by the schemas of an OpenAPI document; a place is the list of names that leads to a schema. */
export function schemaValidator(document: object): SchemaValidator {
  // A document of OpenAPI is no schema as a whole, so that strictness would refuse its own members.
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  formats.default(ajv);
  ajv.addSchema(document, 'openapi');
  return (place, value) => {
    const pointer = place
      .map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = ajv.getSchema(`openapi#/${pointer}`);
    if (validate === undefined) return [`the document has no schema at ${place.join(' ')}`];
    if (validate(value) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath === '' ? 'it' : instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };
}
