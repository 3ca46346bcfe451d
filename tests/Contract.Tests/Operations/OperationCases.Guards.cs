using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Contract.Tests.Operations;

/// <summary>Guard rails and drift against the API server and the operator: what waits carries its state all the same, and only what people change counts as changed.</summary>
public abstract partial class OperationCases
{
    private const string Interval = "execution.checkpointing.interval";

    /// <summary>How long nothing that an operator writes by itself may count as drift.</summary>
    private protected abstract TimeSpan Watched { get; }

    [Fact]
    [Trait("Category", "Long")]
    public Task Guards_ASecondPersonAndAQueue_BeginByThemselvesAndCarryTheState() => OnEachAsync("ledger-guards", async bed =>
    {
        await bed.DoAsync(bed.Request(OperationKind.Deploy, Arguments) with { Tier = PipelineTier.Critical });
        await bed.WritesBeyondAsync(50);
        var request = bed.Request(OperationKind.Upgrade, Arguments + " --version 2") with { Reason = "a new version" };
        (await Should.ThrowAsync<OperationRefusedException>(() => bed.AskAsync(request with { Reason = "" }))).Field.ShouldBe("reason");

        var asked = await bed.AskAsync(request);
        asked.State.ShouldBe(OperationState.AwaitingApproval);
        // It keeps nothing out that protects the state.
        (await bed.DoAsync(OperationKind.Savepoint)).Message.ShouldContain("savepoint-");
        await bed.ApproveAsync(asked);
        var upgraded = await bed.GivenItsTurnAsync(asked);
        OperationBed.RestoredBy(upgraded).ShouldContain("savepoint-");
        upgraded.Guards!.Approval!.By.ShouldBe("second");
        (await bed.ResourceAsync()).Spec["job"]!["args"]!.ToJsonString().ShouldContain("--version");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "upgraded after an approval");

        var (first, second) = await bed.QueuedBehindAsync(
            bed.Request(OperationKind.Restart) with { Reason = "an outage", BreakGlass = true }, bed.Request(OperationKind.Restart) with { Reason = "once more", BreakGlass = true });
        second.Guards!.After.ShouldBe(first.Id);
        second.Plan!.Baseline!.JobStartedAt.ShouldNotBe(first.Plan!.Baseline!.JobStartedAt, "it was not planned again");
        OperationBed.RestoredBy(second).ShouldContain(NameOf(OperationBed.PathOf(second, "await-stopped")));
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "restarted in its turn");
        await bed.DoAsync(bed.Request(OperationKind.Delete) with { Reason = "the end", BreakGlass = true });
        await bed.WroteEachOnceAsync("deleted");
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task PutBack_BeforeTheOperatorHasRolledTheChangeOut_CarriesTheState() => OnEachAsync("ledger-putback", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);
        await bed.SendEditAsync(new JsonObject { ["flinkConfiguration"] = new JsonObject { [Interval] = "3 s" } });
        await bed.DoInTheMiddleAsync(await bed.PutBackAsync(await bed.DriftAsync()));
        (await bed.ResourceAsync()).Runs.ShouldBeTrue("it ended before the job ran");
        (await bed.DriftAsync()).Differences.ShouldBeEmpty();
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "put back at once");
        await bed.DoAsync(OperationKind.Delete);
        await bed.WroteEachOnceAsync("deleted");
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task Drift_OnlyOfWhatPeopleChange_IsPutBackOrAppliedFromAPatchWithItsState() => OnEachAsync("ledger-drift", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);
        await bed.DoAsync(OperationKind.Savepoint);
        await bed.DoAsync(OperationKind.Restart);
        await bed.HasNoDriftForAsync(Watched);

        await bed.EditAsync(new JsonObject { ["flinkConfiguration"] = new JsonObject { [Interval] = "3 s" } });
        var drift = await bed.DriftAsync();
        drift.Differences.ShouldHaveSingleItem().ShouldBe(new SpecDifference("flinkConfiguration." + Interval, "2 s", "3 s"));
        var back = await bed.DoAsync(await bed.PutBackAsync(drift));
        OperationBed.RestoredBy(back).ShouldContain("savepoint-");
        (await bed.DriftAsync()).ShouldSatisfyAllConditions(d => d.Differences.ShouldBeEmpty(), d => d.Revision.ShouldBe(2));
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "put back");

        // Managed in Git: the change is had as a patch, and comes by way of the repository.
        await bed.GitAsync(new GitSource("https://git.example.org/jobs", "orders/ledger.yaml"));
        var request = bed.Request(OperationKind.Upgrade, Arguments + " --version 2");
        (await Should.ThrowAsync<OperationRefusedException>(() => bed.AskAsync(request))).Rule.ShouldBe(GuardRule.Git);
        var file = await bed.PatchAsync(request);
        file.Diff.ShouldContain("--version");
        await bed.ApplyAsync(file.Manifest);
        drift = await bed.DriftAsync();
        drift.Differences.ShouldNotBeEmpty();
        drift.Differences.ShouldAllBe(d => d.Path.StartsWith("job.args", StringComparison.Ordinal));
        var revision = await bed.TakeOverAsync(drift);
        revision.Number.ShouldBe(3);
        ManifestYaml.TryParse(revision.Manifest, out var taken, out _).ShouldBeTrue();
        ManifestYaml.TryParse(file.Manifest, out var patched, out _).ShouldBeTrue();
        SpecComparison.Compare(patched!.Root["spec"] as JsonObject, taken!.Root["spec"] as JsonObject).ShouldBeEmpty("the revision says what was applied");
        (await bed.DriftAsync()).Differences.ShouldBeEmpty();
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "applied from the repository");
        await bed.DoAsync(OperationKind.Delete);
        await bed.WroteEachOnceAsync("deleted");
    });
}
