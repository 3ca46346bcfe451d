using System.Diagnostics;
using System.Globalization;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing;
using Xunit;

namespace Sluice.E2E.Tests.Soak;

/// <summary>
/// 50 pages on 20,000 pipelines that change 200 times a second; two clusters go away for a while and the portal is restarted in between. At the end memory is flat, nothing failed, every page came
/// back by itself, and every page shows what the index says, which is what the clusters hold. <c>make soak</c> runs it; its account is printed and kept in TestResults/soak.txt.
/// </summary>
[Trait("Category", "Soak")]
public sealed class SoakTests : IAsyncLifetime
{
    private readonly SoakSettings _settings = SoakSettings.Read();
    private readonly List<string> _account = [];
    private readonly List<string> _problems = [];
    private readonly Stopwatch _clock = new();
    private readonly SoakBrowsers _browsers = new();
    private readonly CancellationTokenSource _stop = new();
    private SimulatedFleet _clusters = null!;
    private SoakPortal _portal = null!;
    private Task _samples = Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var clock = Stopwatch.StartNew();
        _clusters = await SimulatedFleet.StartAsync(_settings.Pipelines, _settings.Clusters, 0);
        Say($"simulator with {_settings.Pipelines} pipelines on {_settings.Clusters} clusters after {clock.Elapsed.TotalSeconds:0.0} s");
        _portal = new SoakPortal(_clusters.Process.Kubeconfig, _settings.WarmUp);
        clock.Restart();
        await _portal.StartAsync();
        Say($"portal ready after {clock.Elapsed.TotalSeconds:0.0} s");
        await AllSyncedAsync();
        Say($"index complete after {clock.Elapsed.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Fleet_UnderChangesOutagesAndARestart_StaysFlatAndTrue()
    {
        var clock = Stopwatch.StartNew();
        await _browsers.OpenAsync(_portal.Url, _settings.Pages, await PathsAsync());
        Say($"{_browsers.Pages.Count} pages in {SoakSettings.Browsers} Chromium processes open after {clock.Elapsed.TotalSeconds:0.0} s");

        await _clusters.ChangeAsync(_settings.ChangesPerSecond);
        _clock.Start();
        _samples = _portal.SampleAsync(TimeSpan.FromSeconds(Math.Clamp(_settings.Length.TotalSeconds / 40, 2, 15)), _stop.Token);
        await At(0.12);
        await OutageAsync(_clusters.Names[0], "refused");
        await At(0.30);
        await RestartAsync();
        await At(0.60);
        await OutageAsync(_clusters.Names[^1], "silent");
        await At(1);
        await _stop.CancelAsync();
        await _samples;
        await _clusters.PauseAsync();
        Say("changes paused");

        await IndexIsTrueAsync();
        await PagesAreTrueAsync();
        await NothingFailedAsync();
        foreach (var course in _portal.Memory)
        {
            Say(course.ToString());
            if (course.Verdict() is { } problem) Problem(problem);
        }

        Assert.True(_problems.Count == 0, string.Join('\n', _problems.Take(40)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var folder = Directory.CreateDirectory(Environment.GetEnvironmentVariable("SLUICE_TEST_RESULTS") ?? Path.Combine(SharedFolder.Repository, "TestResults")).FullName;
        await File.WriteAllLinesAsync(Path.Combine(folder, "soak.txt"), _account);
        if (_portal is not null) await File.WriteAllLinesAsync(Path.Combine(folder, "soak-memory.tsv"), ["process\tseconds\theap MB\tresident MB", .. _portal.Memory.SelectMany(m => m.Lines())]);
        await _stop.CancelAsync();
        await _samples.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _browsers.DisposeAsync();
        if (_portal is not null) await _portal.DisposeAsync();
        if (_clusters is not null) await _clusters.DisposeAsync();
        _stop.Dispose();
    }

    private void Say(string line)
    {
        var at = _clock.IsRunning ? string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  ") : "   ---   ";
        _account.Add(at + line);
        TestContext.Current.SendDiagnosticMessage("{0}", at + line);
    }

    private void Problem(string what)
    {
        _problems.Add(what);
        Say("PROBLEM: " + what);
    }

    /// <summary>Waits until that share of the time is over.</summary>
    private Task At(double share) => Until.TrueAsync(() => _clock.Elapsed >= _settings.Length * share, "the time", _settings.Length * 2);

    /// <summary>What people look at: the whole list, the worst, one cluster, one team, a word, other orders.</summary>
    private async Task<IReadOnlyList<string>> PathsAsync()
    {
        var some = (await _portal.ApiAsync("pipelines?limit=200"))["items"]!.AsArray();
        var teams = some.Select(i => (string?)i!["team"]).OfType<string>().Distinct().Take(2).ToArray();
        return
        [
            "/", "/?health=failed", $"/?cluster={_clusters.Names[0]}", $"/?team={teams.ElementAtOrDefault(0)}", "/?sort=name", "/?sort=cluster,-parallelism", "/?health=degraded,failed",
            "/?q=image&sort=-cluster", $"/?cluster={_clusters.Names[^1]}", $"/?team={teams.ElementAtOrDefault(1)}&sort=health,name", "/?kind=beamjava&sort=-parallelism",
        ];
    }

    private async Task AllSyncedAsync() => await Until.TrueAsync(async () =>
    {
        var fleet = await _portal.ApiAsync("pipelines?limit=1");
        // Changes create and delete, too: how many there are is known only before they begin.
        return (_clock.IsRunning || (int)fleet["total"]! == _settings.Pipelines) && fleet["clusters"]!.AsObject() is var clusters && clusters.Count == _settings.Clusters && clusters.All(c => (string?)c.Value!["phase"] == "synced");
    }, "every cluster to be read", TimeSpan.FromMinutes(3));

    private async Task OutageAsync(string cluster, string how)
    {
        async Task<string> PhaseAsync() => (string)(await _portal.ApiAsync("pipelines?limit=1"))["clusters"]![cluster]!["phase"]!;
        var clock = Stopwatch.StartNew();
        await _clusters.CutOffAsync(cluster, _settings.Outage, how);
        await Until.TrueAsync(async () => await PhaseAsync() == "stale", $"the loss of {cluster} to be said", TimeSpan.FromMinutes(1));
        var lost = clock.Elapsed;
        await Until.TrueAsync(async () => await PhaseAsync() == "synced", $"{cluster} to be back", TimeSpan.FromMinutes(2));
        Say($"{cluster} away for {_settings.Outage.TotalSeconds:0} s ({how}): said after {lost.TotalSeconds:0.0} s, back {(clock.Elapsed - _settings.Outage).TotalSeconds:0.0} s after its end");
    }

    private async Task RestartAsync()
    {
        var clock = Stopwatch.StartNew();
        var ended = await _portal.RestartAsync();
        var ready = clock.Elapsed;
        await AllSyncedAsync();
        var complete = clock.Elapsed;
        var waiting = _browsers.Pages.ToHashSet();
        await Until.TrueAsync(async () =>
        {
            foreach (var page in waiting.ToArray())
                if (await IsBackAsync(page, ended)) waiting.Remove(page);
            return waiting.Count == 0;
        }, () => $"{waiting.Count} pages to come back by themselves: {string.Join(", ", waiting.Select(p => p.Path).Distinct())}", TimeSpan.FromMinutes(2));
        Say($"portal restarted: ready after {ready.TotalSeconds:0.0} s, index complete after {complete.TotalSeconds:0.0} s, all {_browsers.Pages.Count} pages back by themselves after {clock.Elapsed.TotalSeconds:0.0} s");
    }

    private static async Task<bool> IsBackAsync(SoakPage page, DateTimeOffset ended)
    {
        try
        {
            var diary = await page.DiaryAsync();
            return diary.Count > 0 && diary[^1].What.StartsWith("live", StringComparison.Ordinal) && diary[^1].At > ended.ToUnixTimeMilliseconds();
        }
        catch (Microsoft.Playwright.PlaywrightException)
        {
            // It is being loaded again at this moment.
            return false;
        }
    }

    private async Task IndexIsTrueAsync()
    {
        var (differences, compared) = (0, 0);
        await Until.TrueAsync(async () =>
        {
            var (real, index) = (await _clusters.VersionsAsync(), (await FleetTruth.ReadAsync(_portal)).Versions);
            compared = real.Count;
            differences = real.Count(r => index.GetValueOrDefault(r.Key) != r.Value) + index.Keys.Count(k => !real.ContainsKey(k));
            return differences == 0;
        }, () => $"the index to be what the clusters hold; {differences} of {compared} differ", TimeSpan.FromMinutes(1));
        Say($"the index holds the newest version of all {compared} resources of the clusters");
    }

    /// <summary>Samples of jobs go on changing while changes are paused, and a page may be a moment behind: each page has to be equal at one moment of the next minute.</summary>
    private async Task PagesAreTrueAsync()
    {
        var (rows, rounds, clock) = (0, 0, Stopwatch.StartNew());
        var different = _browsers.Pages.ToDictionary(p => p, _ => Array.Empty<string>());
        while (different.Count > 0 && (rounds++ == 0 || clock.Elapsed < TimeSpan.FromMinutes(1)))
        {
            foreach (var page in different.Keys) await page.TakeOrderAsync();
            await Task.Delay(500);
            var truth = await FleetTruth.ReadAsync(_portal);
            foreach (var page in different.Keys.ToArray())
            {
                var shown = await page.ReadAsync();
                var answer = await _portal.ApiAsync($"pipelines?{(page.Path.Length > 1 ? page.Path[2..] + "&" : "")}offset={shown.First}&limit={Math.Max(1, shown.Rows.Count)}");
                different[page] = [.. truth.Differences(shown, [.. answer["items"]!.AsArray().Select(i => FleetTruth.Href(i!))], (int)answer["matching"]!)];
                if (different[page].Length > 0) continue;
                rows += shown.Rows.Count;
                different.Remove(page);
            }
        }

        foreach (var (page, differences) in different) Problem($"{page.Path} shows something else than the index: {string.Join("; ", differences.Take(3))}");
        Say($"{_browsers.Pages.Count} pages compared with the index, {rows} rows cell by cell, with their counts and order: {different.Count} differ ({rounds} rounds in {clock.Elapsed.TotalSeconds:0.0} s)");
    }

    private async Task NothingFailedAsync()
    {
        var (losses, loads) = (0, 0);
        foreach (var page in _browsers.Pages)
        {
            var diary = await page.DiaryAsync();
            losses += diary.Count(d => d.What.StartsWith("lost", StringComparison.Ordinal));
            loads += diary.Count(d => d.What == "load") - 1;
            if (diary.Any(d => d.What.EndsWith(":failed", StringComparison.Ordinal) && !d.What.StartsWith("live", StringComparison.Ordinal))) Problem($"{page.Path} failed: {string.Join(", ", diary.Select(d => d.What))}");
        }

        foreach (var error in _browsers.Errors.Distinct().Take(5)) Problem("a script threw in " + error);
        foreach (var line in _portal.Failures.Take(24)) Problem("the portal's log: " + line);
        Say($"connections lost {losses} times, pages loaded again by themselves {loads} times; {_browsers.Errors.Count} exceptions in pages, {_portal.Failures.Count} lines of errors in the portal's log");
    }
}
