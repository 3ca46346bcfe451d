using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing;
using Sluice.Testing.Bulk;
using Xunit;

namespace Sluice.E2E.Tests.Bulk;

/// <summary>
/// 500 simulated pipelines are upgraded in waves while 5 in 100 cannot start, with the run's page open in Chromium. It halts, is resumed, the portal is killed twice in the middle, the failed are
/// retried after the fault is gone. At the end the account is compared with the operations and with the clusters. <c>make bulk</c> runs it and prints its account (TestResults/bulk.txt).
/// </summary>
[Trait("Category", "Bulk")]
public sealed class BulkTests : IAsyncLifetime
{
    private const int Percent = 5;
    private static readonly int Pipelines = int.Parse(Environment.GetEnvironmentVariable("BULK_PIPELINES") ?? "500", CultureInfo.InvariantCulture);
    private readonly List<string> _account = [];
    private readonly Browser _browser = new();
    private BulkScene _scene = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await _browser.InitializeAsync();
        _scene = await BulkScene.StartAsync(Pipelines, 5, speed: 10, Say);
    }

    [Fact]
    public async Task Upgrade_OfAll_HaltsResumesAndEndsWithATrueAccount()
    {
        await _scene.FailAsync(Percent);
        var id = await _scene.UpgradeAsync(new { canary = 5, size = 45, perCluster = 12, perTeam = 12 }, new { failedInWavePercent = 10, failed = Pipelines / 50 });
        await using var visitor = await Visitor.SignInAsync(_browser, _scene.Portal.Url);
        visitor.PortalMayBeDown = true;
        await visitor.OpenAsync("/bulk/" + id);
        var page = new LivePage(visitor, _scene, id);
        using var stop = new CancellationTokenSource();
        var watching = page.WatchAsync(stop.Token);

        var halts = await FinishAsync(id, page, kills: 2);
        Assert.True(halts > 0, "the failures did not halt the run");
        var failed = (await _scene.AccountAsync(id))["failed"];
        Assert.InRange(failed, 1, Pipelines / 8);
        await TrueAsync(id);
        _scene.Say($"account: {await SayAsync(id)}; {halts} halts");

        await _scene.FailAsync(0);
        await _scene.PostAsync($"/bulk/{id}/retry-failed");
        await FinishAsync(id, page, kills: 0);
        await TrueAsync(id);
        Assert.Equal(Pipelines, (await _scene.AccountAsync(id))["succeeded"]);
        _scene.Say($"after the retry of {failed}: {await SayAsync(id)}");

        await Until.TrueAsync(async () => await visitor.Page.Locator("[data-bulk-state=finished]").CountAsync() == 1, "the page to show the end", TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await watching;
        _scene.Say(string.Create(CultureInfo.InvariantCulture, $"the page was looked at {page.Looks} times: 95 of 100 times at most {page.Usual.TotalSeconds:0.0} s behind, {page.Worst.TotalSeconds:0.0} s at worst"));
        Assert.InRange(page.Worst, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        await visitor.ShotAsync("bulk-finished");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var folder = Directory.CreateDirectory(Environment.GetEnvironmentVariable("SLUICE_TEST_RESULTS") ?? Path.Combine(SharedFolder.Repository, "TestResults")).FullName;
        await File.WriteAllLinesAsync(Path.Combine(folder, "bulk.txt"), _account);
        await _browser.DisposeAsync();
        if (_scene is not null) await _scene.DisposeAsync();
    }

    /// <returns>How often it halted.</returns>
    private async Task<int> FinishAsync(string id, LivePage page, int kills)
    {
        var halts = 0;
        while (await RestsAsync(id, page, kills-- > 0) is var state && state == "halted")
        {
            halts++;
            _scene.Say($"halted: {(await _scene.GetAsync("/bulk/" + id))["run"]!["message"]} ({await SayAsync(id)})");
            await _scene.PostAsync($"/bulk/{id}/resume");
        }

        return halts;
    }

    private async Task<string> RestsAsync(string id, LivePage page, bool kill)
    {
        if (kill)
        {
            // In the middle of a wave, when much is going on.
            var before = await DoneAsync(id);
            await Until.TrueAsync(async () => await DoneAsync(id) > before + 12 || await StateAsync(id) != "running", "some progress", TimeSpan.FromMinutes(5));
            page.Paused = true;
            await _scene.RestartAsync();
            await Task.Delay(TimeSpan.FromSeconds(20));
            page.Paused = false;
        }

        return await _scene.RestsAsync(id, TimeSpan.FromMinutes(30));
    }

    private async Task<string> StateAsync(string id) => (string)(await _scene.GetAsync("/bulk/" + id))["run"]!["state"]!;

    private async Task<int> DoneAsync(string id) => (await _scene.AccountAsync(id)) is var account ? account["succeeded"] + account["failed"] : 0;

    private async Task<string> SayAsync(string id) => string.Join(", ", (await _scene.AccountAsync(id)).Where(a => a.Value > 0).Select(a => $"{a.Value} {a.Key}"));

    private async Task TrueAsync(string id)
    {
        if (await BulkTruth.ProblemAsync(_scene, id) is { } problem) Assert.Fail(problem);
        JsonNode run = (await _scene.GetAsync("/bulk/" + id))["run"]!;
        _scene.Say($"compared with {Pipelines} resources and their operations: true (run {run["state"]}, {run["startedAt"]} to {run["endedAt"]})");
    }

    private void Say(string line)
    {
        _account.Add(line);
        Console.WriteLine(line);
    }
}
