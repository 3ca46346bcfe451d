using System.Diagnostics;
using Shouldly;
using Xunit;

namespace Sluice.Contract.Tests.Portal;

/// <summary>
/// The portal is killed while operations wait: for a second person, for the operation before them, for the end of a freeze window; and right where they are asked for, decided about and
/// given their turn. Started again on what it left behind, each has to begin once, planned again as things stand then. Usually one of them is killed, the moment after its approval was
/// answered; <c>SLUICE_KILLS=all</c> takes all, on a cluster of each generation of the operator; <c>SLUICE_KILLS=approval,queue,freeze</c> takes those.
/// </summary>
[Collection(nameof(KillFixture))]
public sealed class HeldKillTests(KillFixture fixture)
{
    [Fact]
    [Trait("Category", "Chaos")]
    public async Task OperationsThatWait_PortalKilled_BeginOnceAndPlannedAgain()
    {
        var (world, account, clock) = (fixture.World, new KillAccount(), Stopwatch.StartNew());
        await world.CalmAsync();
        foreach (var cluster in KillTests.Clusters)
        {
            account.Add(await (Takes("approval") ? ApprovedAsync(world, cluster) : AnsweredAsync(world, cluster)));
            if (Takes("queue")) account.Add(await QueuedAsync(world, cluster));
            if (Takes("freeze")) account.Add(await FrozenAsync(world, cluster));
        }

        KillWorld.Say($"The portal killed while operations waited, in {clock.Elapsed.TotalSeconds:0} s: {account}");
        foreach (var line in account.Lines()) KillWorld.Say(line);
        account.IsClean.ShouldBeTrue(account.ToString());
        if (KillTests.All) account.Kills.ShouldBeGreaterThanOrEqualTo(30);
    }

    private static bool Takes(string wait) => KillTests.All || KillTests.Chosen.Contains(wait);

    /// <summary>The shortest one: approved, and killed as soon as that was answered.</summary>
    private static async Task<KilledOperation> AnsweredAsync(KillWorld world, string cluster)
    {
        var pipeline = await HeldPipeline.DeployAsync(world, cluster, "held-answered", "critical");
        var id = await pipeline.AskAsync("restart", new { reason = "a leak" }, "awaitingApproval");
        await pipeline.ApproveAsync(id);
        await pipeline.KillAsync("decide:Answered", null);
        return await pipeline.EndedAsync("approval", id, savepoints: 1);
    }

    private static async Task<KilledOperation> ApprovedAsync(KillWorld world, string cluster)
    {
        var pipeline = await HeldPipeline.DeployAsync(world, cluster, "held-approval", "critical");
        var body = new { reason = "a leak" };
        await world.RestartAsync("restart:ask:Before");
        await pipeline.DiesAsync(() => pipeline.AskAsync("restart", body), "ask:Before", "restart:ask:Recorded");
        await pipeline.DiesAsync(() => pipeline.AskAsync("restart", body), "ask:Recorded", null);
        var id = await pipeline.AskAsync("restart", body, "awaitingApproval");
        var seen = await pipeline.JobPlannedForAsync(id);

        // What waits for a person keeps nobody out, and is planned for the job that runs when it begins.
        await pipeline.DoneAsync("restart", new { reason = "an outage", breakGlass = true });
        await pipeline.KillAsync("waiting", "restart:decide:Before");
        await pipeline.ShouldBeAsync(id, "awaitingApproval");
        await pipeline.DiesAsync(() => pipeline.ApproveAsync(id), "decide:Before", "restart:decide:Recorded");
        await pipeline.ShouldBeAsync(id, "awaitingApproval");
        await pipeline.DiesAsync(() => pipeline.ApproveAsync(id), "decide:Recorded", "restart:turn:Before");
        await pipeline.DiesAsync("turn:Before", "restart:turn:Recorded");
        await pipeline.DiesAsync("turn:Recorded", null);
        var ended = await pipeline.EndedAsync("approval", id, savepoints: 2, operations: 2);
        (await pipeline.JobPlannedForAsync(id)).ShouldNotBe(seen, "it was not planned again");
        return ended;
    }

    private static async Task<KilledOperation> QueuedAsync(KillWorld world, string cluster)
    {
        var pipeline = await HeldPipeline.DeployAsync(world, cluster, "held-queue", "standard");
        var body = new { queue = true };
        await world.RestartAsync("restart:ask:Before");
        await world.TroubleAsync("operator-stop", new { cluster });
        var first = await pipeline.AskAsync("upgrade", new { manifest = KillScript.Manifest("held-queue", "101") });
        await pipeline.DiesAsync(() => pipeline.AskAsync("restart", body), "ask:Before", "restart:ask:Recorded");
        await pipeline.DiesAsync(() => pipeline.AskAsync("restart", body), "ask:Recorded", null);
        var id = await pipeline.AskAsync("restart", body, "queued");
        var seen = await pipeline.JobPlannedForAsync(id);

        await pipeline.KillAsync("waiting", $"upgrade:{await pipeline.LastStepAsync(first)}:Recorded");
        await pipeline.ShouldBeAsync(id, "queued");
        await world.TroubleAsync("operator-start", new { cluster });
        await pipeline.DiesAsync("first-ends:Recorded", "restart:turn:Before");
        await pipeline.DiesAsync("turn:Before", "restart:turn:Recorded");
        await pipeline.DiesAsync("turn:Recorded", null);
        var ended = await pipeline.EndedAsync("queue", id, savepoints: 2, revisions: 1, operations: 2);
        (await pipeline.JobPlannedForAsync(id)).ShouldNotBe(seen, "it was not planned again");
        return ended;
    }

    private static async Task<KilledOperation> FrozenAsync(KillWorld world, string cluster)
    {
        var pipeline = await HeldPipeline.DeployAsync(world, cluster, "held-freeze", "critical");

        // Ended by hand.
        var id = await pipeline.AskAsync("restart", new { reason = "a leak" }, "awaitingApproval");
        var window = await pipeline.FreezeAsync(TimeSpan.FromDays(1));
        await pipeline.ApproveAsync(id);
        await pipeline.SaysAsync(id, "freeze window");
        await pipeline.KillAsync("held", "restart:turn:Before");
        await pipeline.SaysAsync(id, "freeze window");
        await pipeline.ShouldBeAsync(id, "queued");
        await pipeline.DiesAsync(() => pipeline.EndFreezeAsync(window), "turn:Before", "restart:turn:Recorded");
        await pipeline.DiesAsync("turn:Recorded", null);
        (await pipeline.EndedAsync("freeze", id, savepoints: 1)).Once.ShouldBeTrue();

        // Over by the clock while no portal runs.
        var other = await pipeline.AskAsync("restart", new { reason = "a leak again" }, "awaitingApproval");
        var length = TimeSpan.FromSeconds(8);
        await pipeline.FreezeAsync(length);
        var clock = Stopwatch.StartNew();
        await pipeline.ApproveAsync(other);
        await pipeline.SaysAsync(other, "freeze window");
        await pipeline.KillAsync("held-to-the-end", "restart:turn:Recorded", async () => await Task.Delay(clock.Elapsed < length ? length - clock.Elapsed : TimeSpan.Zero));
        await pipeline.DiesAsync("turn:Recorded", null);
        return await pipeline.EndedAsync("freeze", other, savepoints: 2, operations: 2);
    }
}
