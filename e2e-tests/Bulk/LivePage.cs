using System.Diagnostics;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing.Bulk;

namespace Sluice.E2E.Tests.Bulk;

/// <summary>Looks at a run's page all the time, and at the API beside it: how far behind is what it shows?</summary>
internal sealed class LivePage(Visitor visitor, BulkScene scene, string run)
{
    private const string Counts = "() => ['succeeded', 'failed', 'skipped'].reduce((sum, name) => sum + Number.parseInt(document.querySelector(`[data-count=${name}]`)?.firstChild?.textContent.replaceAll(',', '') ?? 'NaN', 10), 0)";
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private readonly List<(TimeSpan At, int Done)> _truth = [];
    private readonly List<TimeSpan> _lags = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Set while the portal is down on purpose: nobody can tell anything then.</summary>
    public bool Paused { get; set; }

    /// <summary>How often it was looked at.</summary>
    public int Looks => _lags.Count;

    /// <summary>The longest time for which the page showed less than was true.</summary>
    public TimeSpan Worst => _lags.DefaultIfEmpty().Max();

    /// <summary>The same, where 95 of 100 looks were better.</summary>
    public TimeSpan Usual => _lags.Order().ElementAtOrDefault((int)(_lags.Count * 0.95));

    /// <summary>Looks until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Every, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Paused) continue;
            try
            {
                await LookAsync();
            }
            catch (Exception) when (Paused || cancellationToken.IsCancellationRequested)
            {
                // The portal went away in the middle of it.
            }
        }
    }

    private async Task LookAsync()
    {
        var account = await scene.AccountAsync(run);
        var done = account["succeeded"] + account["failed"] + account["skipped"];
        // A retry takes numbers back: what was true before it says nothing about who is behind now.
        if (_truth.Count > 0 && done < _truth[^1].Done) _truth.Clear();
        _truth.Add((_clock.Elapsed, done));
        var shown = await visitor.Page.EvaluateAsync<double>(Counts);
        if (Paused) return;
        var since = _truth.SkipWhile(t => double.IsNaN(shown) || t.Done <= shown).Select(t => (TimeSpan?)t.At).FirstOrDefault();
        _lags.Add(since is { } at ? _clock.Elapsed - at : TimeSpan.Zero);
    }
}
