using System.Collections.Concurrent;
using System.Diagnostics;

namespace Sluice.Testing.Processes;

/// <summary>A program that a test started: its output is kept for the failure message, and it is stopped by its own process id.</summary>
public class ChildProcess : IAsyncDisposable
{
    private const int LinesOfAFailure = 12;

    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private int _more;
    private readonly Process _process;

    /// <summary>Starts the program with the test's environment plus the given variables; a null value removes one.</summary>
    protected ChildProcess(string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null)
    {
        Name = name;
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = workingDirectory ?? "" };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null) start.Environment.Remove(key);
            else start.Environment[key] = value;
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The name in messages.</summary>
    public string Name { get; }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>True once the program ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The newest 400 lines that the program wrote.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>What the program logged as errors, each with the lines after it, however long ago.</summary>
    public IReadOnlyList<string> Failures => [.. _failures];

    /// <summary>Waits until the condition holds; fails with the program's output when it ends first or the time is over.</summary>
    public async Task WaitAsync(string what, TimeSpan limit, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (await condition()) return;
            if (_process.HasExited) throw new InvalidOperationException($"{Name} ended with code {_process.ExitCode} before {what}.\n{Output}");
            if (clock.Elapsed > limit) throw new TimeoutException($"{Name}: not {what} after {limit.TotalSeconds:0} s.\n{Output}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits for the program to end by itself.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var cts = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(cts.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL, and waits until the program is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and SIGKILL after ten seconds.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited) return;
        using (var term = Process.Start("kill", ["-TERM", Id.ToString()])) await term.WaitForExitAsync();
        try
        {
            await WaitForExitAsync(TimeSpan.FromSeconds(10));
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal) || line.StartsWith("Unhandled exception", StringComparison.Ordinal)) _more = LinesOfAFailure;
        if (_more > 0 && _failures.Count < 2000)
        {
            _more--;
            _failures.Enqueue(line);
        }

        while (_output.Count > 400) _output.TryDequeue(out _);
    }
}
