/** Waits for the work, but for no longer than `limitMs` real milliseconds; then `onLate` is called and the work goes on unwatched. */
export async function withinMs(
  work: Promise<unknown>,
  limitMs: number,
  onLate: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onLate();
      resolve();
    }, limitMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
