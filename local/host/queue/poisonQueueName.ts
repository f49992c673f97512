const suffix = '-poison';
const longestName = 63;

/** The name of the queue for what fails at every delivery; undefined for a poison queue itself, which has none, and for a name that would be too long. */
export function poisonQueueName(queueName: string): string | undefined {
  const name = `${queueName}${suffix}`;
  return queueName.endsWith(suffix) || name.length > longestName ? undefined : name;
}
