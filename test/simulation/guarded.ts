/** Runs a call that a host makes to the world outside; never comes back when the host dies before, during or after it. */
export type Guard = <T>(label: string, work: () => Promise<T>) => Promise<T>;

/** The same object, with every method behind the guard under the name `prefix method`. */
export function guarded<T extends object>(target: T, prefix: string, guard: Guard): T {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(target, {
    get: (_target, property, receiver): unknown => {
      const known = methods.get(property);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== 'function') return value;
      const method = (...given: unknown[]): Promise<unknown> =>
        guard(`${prefix} ${String(property)}`, () =>
          Promise.resolve(Reflect.apply(value, target, given)),
        );
      methods.set(property, method);
      return method;
    },
  });
}

/** The same object of objects, with every method of every member behind the guard. */
export function guardedGroups<T extends object>(groups: T, guard: Guard): T {
  const members = new Map<string | symbol, unknown>();
  return new Proxy(groups, {
    get: (target, property, receiver): unknown => {
      const known = members.get(property);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== 'object' || value === null) return value;
      const member = guarded(value, String(property), guard);
      members.set(property, member);
      return member;
    },
  });
}
