import { HostStartError } from '../hostStartError.ts';

/**
 * Replaces every `%NAME%` in the texts of a JSON value by that setting.
 * @throws HostStartError when a setting is missing; `where` is what the message calls the place
 */
export function resolveSettings(
  value: unknown,
  environment: NodeJS.ProcessEnv,
  where: string,
): unknown {
  if (typeof value === 'string') return resolveText(value, environment, where);
  if (Array.isArray(value))
    return value.map((entry: unknown) => resolveSettings(entry, environment, where));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      resolveSettings(member, environment, where),
    ]),
  );
}

/** The same for one text. */
export function resolveText(text: string, environment: NodeJS.ProcessEnv, where: string): string {
  return text.replaceAll(/%([A-Za-z_][\w.:-]*)%/g, (placeholder, name: string) => {
    const value = environment[name];
    if (value === undefined)
      throw new HostStartError(
        `${where}: the setting of ${placeholder} is missing; set ${name} in local.settings.json or in the environment`,
      );
    return value;
  });
}
