using System.Diagnostics;

namespace Sluice.Testing;

/// <summary>Waits until a condition holds, and fails with its name when it does not in time. Tests wait on conditions, not on clocks.</summary>
public static class Until
{
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? limit = null) => TrueAsync(() => Task.FromResult(condition()), () => what, limit);

    public static Task TrueAsync(Func<bool> condition, Func<string> what, TimeSpan? limit = null) => TrueAsync(() => Task.FromResult(condition()), what, limit);

    public static Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null) => TrueAsync(condition, () => what, limit);

    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? limit = null)
    {
        var most = limit ?? TimeSpan.FromSeconds(20);
        var begun = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(begun) > most) throw new TimeoutException($"Waited {most.TotalSeconds:0.#} s for {what()}.");
            await Task.Delay(10);
        }
    }
}
