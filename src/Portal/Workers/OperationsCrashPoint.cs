using System.Diagnostics;
using Sluice.Domain.Operations;

namespace Sluice.Portal.Workers;

/// <summary>
/// For tests of recovery, in Development only: the process ends itself with SIGKILL at the boundary that <c>Sluice:Testing:CrashAt</c> names,
/// for example <c>Suspend:stop:After</c>.
/// </summary>
internal static class OperationCrashPoint
{
    public const string Key = "Sluice:Testing:CrashAt";

    public static Func<Operation, string, StepBoundary, CancellationToken, Task>? From(IConfiguration configuration, IHostEnvironment environment)
    {
        if (!environment.IsDevelopment() || configuration[Key] is not { Length: > 0 } crashAt) return null;
        return (operation, step, boundary, _) =>
        {
            if ($"{operation.Kind}:{step}:{boundary}".Equals(crashAt, StringComparison.OrdinalIgnoreCase)) Process.GetCurrentProcess().Kill();
            return Task.CompletedTask;
        };
    }
}
