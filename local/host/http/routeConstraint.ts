const guid = /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;

/** The test that an inline route constraint such as `int`, `length(3,5)` or `regex(^a)` stands for. Throws an Error when there is none of that name. */
export function parseConstraint(text: string): (value: string) => boolean {
  const match = /^(\w+)(?:\((.*)\))?$/s.exec(text);
  const [, name = text, argument = ''] = match ?? [];
  const [first = 0, second = first] = argument.split(',').map(Number);
  switch (name.toLowerCase()) {
    case 'int':
      return (value) => isInteger(value, 2n ** 31n);
    case 'long':
      return (value) => isInteger(value, 2n ** 63n);
    case 'decimal':
    case 'double':
    case 'float':
      return (value) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value);
    case 'bool':
      return (value) => /^(?:true|false)$/i.test(value);
    case 'datetime':
      return (value) => !Number.isNaN(Date.parse(value));
    case 'guid':
      return (value) => guid.test(value);
    case 'alpha':
      return (value) => /^[a-z]*$/i.test(value);
    case 'required':
      return (value) => value !== '';
    case 'minlength':
      return (value) => value.length >= first;
    case 'maxlength':
      return (value) => value.length <= first;
    case 'length':
      return (value) => value.length >= first && value.length <= second;
    case 'min':
      return (value) => isInteger(value, 2n ** 63n) && Number(value) >= first;
    case 'max':
      return (value) => isInteger(value, 2n ** 63n) && Number(value) <= first;
    case 'range':
      return (value) =>
        isInteger(value, 2n ** 63n) && Number(value) >= first && Number(value) <= second;
    case 'regex': {
      const pattern = new RegExp(argument, 'i');
      return (value) => pattern.test(value);
    }
    default:
      throw new Error(`'${text}' is not a route constraint`);
  }
}

function isInteger(value: string, limit: bigint): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ''));
  return number >= -limit && number < limit;
}
