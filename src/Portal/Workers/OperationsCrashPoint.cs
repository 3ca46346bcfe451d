using System.Diagnostics;
using System.Globalization;
using Sluice.Domain.Operations;

namespace Sluice.Portal.Workers;

/// <summary>
/// For tests of recovery, in Development only. The process ends itself with SIGKILL at the boundary that <c>Sluice:Testing:CrashAt</c> names,
/// for example <c>Suspend:stop:After</c>, or <c>Suspend:turn:Before</c> of one that waits; and every boundary that it passes is a line in the file of <c>Sluice:Testing:StepLog</c>.
/// </summary>
internal static class OperationCrashPoint
{
    public const string Key = "Sluice:Testing:CrashAt";
    public const string LogKey = "Sluice:Testing:StepLog";

    public static Func<Operation, string, StepBoundary, CancellationToken, Task>? From(IConfiguration configuration, IHostEnvironment environment)
    {
        var (crashAt, log) = (configuration[Key] ?? "", configuration[LogKey] ?? "");
        if (!environment.IsDevelopment() || (crashAt.Length == 0 && log.Length == 0)) return null;
        return async (operation, step, boundary, cancellationToken) =>
        {
            // One write of a line to the file's end: lines of two processes do not mix, and one of a process that is killed right after is there.
            if (log.Length > 0)
            {
                var line = string.Create(CultureInfo.InvariantCulture, $"{operation.Id} {operation.Kind} {step} {boundary} {operation.Fence} {Environment.ProcessId}\n");
                await File.AppendAllTextAsync(log, line, cancellationToken);
            }

            if ($"{operation.Kind}:{step}:{boundary}".Equals(crashAt, StringComparison.OrdinalIgnoreCase)) Process.GetCurrentProcess().Kill();
        };
    }
}
