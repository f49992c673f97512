const prefix = 'azurefunctionsjobhost__';

/** host.json with the values that the environment sets by `AzureFunctionsJobHost__a__b=value`; names in any case. */
export function overrideHostJson(hostJson: unknown, environment: NodeJS.ProcessEnv): unknown {
  let result = hostJson;
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.toLowerCase().startsWith(prefix) || value === undefined) continue;
    result = withValue(result, variable.slice(prefix.length).split('__'), scalar(value));
  }
  return result;
}

function withValue(target: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const members: Record<string, unknown> =
    typeof target === 'object' && target !== null ? { ...target } : {};
  const key =
    Object.keys(members).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
  members[key] = withValue(members[key], rest, value);
  return members;
}

function scalar(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
