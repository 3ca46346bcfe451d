using System.Globalization;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Testing;
using Sluice.Testing.Bulk;
using Xunit;

namespace Sluice.Portal.Tests.Bulk;

/// <summary>Runs that begin from savepoints or make new pipelines, on simulated clusters: what each operation did is asked of the operation and of the index.</summary>
public sealed class BulkKindsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task RedeployForkAndSideBySide_OfSeveral_DoToEachWhatTheyDoToOne()
    {
        await using var scene = await BulkScene.StartAsync(6, 2, speed: 20, line => TestContext.Current.TestOutputHelper?.WriteLine(line));
        var (redeployed, forked, replaced) = (scene.Pipelines.Take(2).ToList(), scene.Pipelines.Skip(2).Take(2).ToList(), scene.Pipelines.Skip(4).ToList());
        await RunAsync(scene, new { kind = "savepoint", pipelines = scene.Pipelines, waves = new { canary = 0 } }, scene.Pipelines.Count);
        var after = DateTimeOffset.UtcNow;
        var fromSavepoints = new { kind = "redeploy", pipelines = redeployed, savepointBefore = after, waves = new { canary = 0 } };
        JsonNode plan = null!;
        await Until.TrueAsync(async () => (plan = await scene.PostAsync("/bulk?plan=true", fromSavepoints))["waves"]!.AsArray().Sum(w => (int)w!["pipelines"]!) == 2, () => $"the catalogue to have their savepoints: {plan.ToJsonString()}", Limit);
        plan["cautions"]!.AsArray().ShouldContain(c => ((string)c!).StartsWith("Their savepoints were taken from", StringComparison.Ordinal));

        foreach (var item in await RunAsync(scene, fromSavepoints, 2))
        {
            var operation = await scene.GetAsync($"/operations/{item["operationId"]}");
            var saved = (await scene.GetAsync($"/pipelines/{Address(item["pipeline"]!)}/snapshots"))["snapshots"]!.AsArray().Select(s => s!["snapshot"]!).Where(s => (string)s["kind"]! == "savepoint" && At(s) <= after);
            ((string)operation["plan"]!["state"]!["path"]!).ShouldBe((string)saved.MaxBy(At)!["path"]!);
            operation["steps"]!.AsArray().Single(s => (string)s!["name"]! == "verify")!["state"]!.ToString().ShouldBe("done");
        }

        await RunAsync(scene, new { kind = "fork", pipelines = forked, fork = new { suffix = "-copy" }, change = new { parallelism = 1 }, waves = new { canary = 0 } }, 2);
        await RunAsync(scene, new { kind = "sideBySide", pipelines = replaced, change = new { imageTag = "7.7.7" }, waves = new { canary = 0 } }, 2);

        await Until.TrueAsync(async () =>
        {
            var rows = await scene.RowsAsync();
            return forked.All(p => rows.ContainsKey(p) && rows.TryGetValue(p + "-copy", out var copy) && (bool)copy["registered"]!)
                && replaced.All(p => !rows.ContainsKey(p) && rows.TryGetValue(p + "-g2", out var next) && ((string)next["image"]!).EndsWith(":7.7.7", StringComparison.Ordinal));
        }, "the forks beside the first ones, and the new versions in the place of the old ones", Limit);
    }

    /// <returns>The items, all of which succeeded.</returns>
    private static async Task<IReadOnlyList<JsonNode>> RunAsync(BulkScene scene, object order, int pipelines)
    {
        var id = (string)(await scene.PostAsync("/bulk", order))["run"]!["id"]!;
        (await scene.RestsAsync(id, Limit)).ShouldBe("finished", string.Join("\n", (await scene.ItemsAsync(id)).Select(i => i.ToJsonString())));
        (await scene.AccountAsync(id))["succeeded"].ShouldBe(pipelines, string.Join("\n", (await scene.ItemsAsync(id)).Select(i => i.ToJsonString())));
        return await scene.ItemsAsync(id);
    }

    private static DateTimeOffset At(JsonNode snapshot) => DateTimeOffset.Parse((string)snapshot["takenAt"]!, CultureInfo.InvariantCulture);

    private static string Address(JsonNode key) => $"{key["cluster"]}/{key["namespace"]}/{key["name"]}";
}
