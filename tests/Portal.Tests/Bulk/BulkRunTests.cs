using Shouldly;
using Sluice.Testing.Bulk;
using Xunit;

namespace Sluice.Portal.Tests.Bulk;

/// <summary>The small form of <c>make bulk</c>: an upgrade of 24 simulated pipelines of which some do not start, halted, resumed, killed in the middle, retried; some are then taken back to what they were before it.</summary>
public sealed class BulkRunTests
{
    private const int Pipelines = 24;

    [Fact]
    public async Task Upgrade_OfManyWithFailuresAndAKill_EndsWithAnAccountThatIsTrue()
    {
        await using var scene = await BulkScene.StartAsync(Pipelines, 2, speed: 20, line => TestContext.Current.TestOutputHelper?.WriteLine(line));
        await scene.FailAsync(15);
        var before = DateTimeOffset.UtcNow;
        var id = await scene.UpgradeAsync(new { canary = 2, size = 11, perCluster = 12, perTeam = 12 }, new { failedInWavePercent = (int?)null, failed = 0 });

        var (halts, killed, state) = (0, false, "");
        while ((state = await scene.RestsAsync(id, TimeSpan.FromMinutes(3))) == "halted")
        {
            halts++;
            await scene.PostAsync($"/bulk/{id}/resume");
            if (killed) continue;
            killed = true;
            await scene.RestartAsync();
        }

        state.ShouldBe("finished");
        halts.ShouldBeGreaterThan(0);
        (await BulkTruth.ProblemAsync(scene, id)).ShouldBeNull();
        (await scene.AccountAsync(id))["failed"].ShouldBeInRange(1, Pipelines / 3);

        await scene.FailAsync(0);
        await scene.PostAsync($"/bulk/{id}/retry-failed");
        while (await scene.RestsAsync(id, TimeSpan.FromMinutes(3)) == "halted") await scene.PostAsync($"/bulk/{id}/resume");
        (await scene.AccountAsync(id))["succeeded"].ShouldBe(Pipelines);
        (await BulkTruth.ProblemAsync(scene, id)).ShouldBeNull();

        var some = scene.Pipelines.Take(5).ToList();
        var back = await scene.PostAsync("/bulk", new { kind = "rollback", pipelines = some, inForceAt = before, waves = new { canary = 0 } });
        (await scene.RestsAsync((string)back["run"]!["id"]!, TimeSpan.FromMinutes(3))).ShouldBe("finished");
        (await scene.AccountAsync((string)back["run"]!["id"]!))["succeeded"].ShouldBe(some.Count);
        var rows = await scene.RowsAsync();
        some.Where(p => ((string)rows[p]["image"]!).EndsWith(":" + BulkScene.Tag, StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
