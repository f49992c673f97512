import { z } from 'zod';
import { auditCommand } from './audit/auditCommand.ts';

// Exit status 0 when every trail holds, 1 when one is broken, 2 when it could not be looked at.
try {
  process.exitCode = await auditCommand(process.argv.slice(2), process.env, (text) => {
    console.log(text);
  });
} catch (error) {
  console.error(
    error instanceof z.ZodError
      ? z.prettifyError(error)
      : error instanceof Error
        ? error.message
        : String(error),
  );
  process.exitCode = 2;
}
