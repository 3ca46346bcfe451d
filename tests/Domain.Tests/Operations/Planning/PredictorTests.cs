using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Planning;

/// <summary>The formulas of estimates, and the checks of states, with numbers that can be followed by hand.</summary>
public sealed class PredictorTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly PipelineKey Key = new("west", "team", "a");
    private static readonly ChangeClassification Restart = new(ChangeClass.Upgrade, JobEffect.Restarts, "", []);

    [Fact]
    public void Pause_OfTheSameKindOfThisPipeline_IsTheMedianWithItsRange()
    {
        var pause = Predict(past: [Past(10), Past(30), Past(20), Past(500, kind: OperationKind.Restart), Past(900, name: "other")]).Pause!;

        (pause.Median.TotalSeconds, pause.Least.TotalSeconds, pause.Most.TotalSeconds, pause.Samples).ShouldBe((20, 10, 30, 3));
    }

    [Fact]
    public void Pause_WithoutHistoryOfItsOwn_TakesOtherRestartsThenOtherPipelines()
    {
        Predict(past: [Past(40, kind: OperationKind.Restart), Past(900, name: "other")]).Pause!.From.ShouldBe("restarts of this pipeline");
        Predict(past: [Past(90, name: "other")]).Pause!.From.ShouldBe("restarts of other pipelines of west");
        // A start of a suspended job is no restart.
        Predict(past: [Past(90, effect: JobEffect.Starts)]).Pause.ShouldBeNull();
    }

    [Fact]
    public void Replayed_FromACheckpoint_IsItsAgeTimesTheRate()
    {
        var state = new StatePlan(StateSource.LastCheckpoint, null, "", []);

        Predict(state, Facts(rate: 100, checkpointAge: 24)).Replayed.Value.ShouldBe(2400);
        Predict(state, Facts(rate: null, checkpointAge: 24)).Replayed.Value.ShouldBeNull();
        Predict(state, JobFacts.None("it is silent")).Replayed.Why.ShouldContain("it is silent");
    }

    [Fact]
    public void CatchUp_IsTheBacklogOverTheSpareRate()
    {
        // 10 s pause × 100/s + 500 waiting = 1500; seen 250/s at most: 150/s to spare.
        var plan = Predict(facts: Facts(rate: 100, waiting: 500), past: [Past(10, rate: 250)]);

        plan.BacklogAdded.Value.ShouldBe(1000);
        plan.CatchUp.Value.ShouldBe(TimeSpan.FromSeconds(10));
        // Never seen faster than now: nobody can tell.
        Predict(facts: Facts(rate: 100), past: [Past(10, rate: 90)]).CatchUp.Value.ShouldBeNull();
    }

    [Theory]
    [InlineData(100, null, CheckResult.Holds)]
    [InlineData(128, null, CheckResult.Holds)]
    [InlineData(129, null, CheckResult.Fails)]
    [InlineData(4, "256", CheckResult.Fails)]
    [InlineData(4, "128", CheckResult.Holds)]
    public void KeyGroups_OfTheRunningJob_LimitTheNewParallelism(int parallelism, string? maxParallelism, CheckResult expected)
    {
        var after = Spec(parallelism);
        if (maxParallelism is not null) after["flinkConfiguration"]!["pipeline.max-parallelism"] = maxParallelism;

        StateFit.KeyGroups(Seen(), after, Facts(), StateSource.NewSavepoint).Result.ShouldBe(expected);
        // What a chosen snapshot has, the job of now does not prove.
        StateFit.KeyGroups(Seen(), after, Facts(), StateSource.Chosen).Result.ShouldBe(CheckResult.Unknown);
        StateFit.KeyGroups(Seen(), after, JobFacts.None("silent"), StateSource.NewSavepoint).Result.ShouldBe(CheckResult.Unknown);
    }

    [Fact]
    public void KeyGroups_OfOverrides_CountTheLargest()
    {
        var after = Spec(2);
        after["flinkConfiguration"]![DeployedSpec.Overrides] = "aa:3,bb:200";

        StateFit.KeyGroups(Seen(), after, Facts(), StateSource.NewSavepoint).Result.ShouldBe(CheckResult.Fails);
    }

    [Fact]
    public void Program_ThatChanges_IsUnknown_ThatStays_Holds()
    {
        var after = Spec(2);
        StateFit.Program(Seen(), after, StateSource.NewSavepoint, false).Result.ShouldBe(CheckResult.Holds);
        after["image"] = "flink:2";

        var check = StateFit.Program(Seen(), after, StateSource.NewSavepoint, false);

        check.Result.ShouldBe(CheckResult.Unknown);
        check.Why.ShouldStartWith("image changes");
    }

    [Fact]
    public void Median_OfTwo_IsTheLonger() => Predictor.Median([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)]).ShouldBe(TimeSpan.FromSeconds(3));

    private static OperationPrediction Predict(StatePlan? state = null, JobFacts? facts = null, IReadOnlyList<PastOutcome>? past = null) =>
        new Predictor(OperationKind.Upgrade, Key, Restart, state ?? new StatePlan(StateSource.NewSavepoint, null, "", []), facts ?? Facts(), past ?? [], Now).Make([], []);

    private static PastOutcome Past(int pause, OperationKind kind = OperationKind.Upgrade, string name = "a", JobEffect effect = JobEffect.Restarts, double? rate = null) =>
        new(kind, Key with { Name = name }, Now, new OperationOutcome(Now, effect, null, null, null, TimeSpan.FromSeconds(pause), null, null, null, rate, []));

    private static JobFacts Facts(double? rate = null, int? checkpointAge = null, double? waiting = null)
    {
        var vertex = new JobVertex("aa", "totals", "RUNNING", 2, 128, null, null, null, new Dictionary<string, int>(), new VertexIo(null, null, null, null, true, null, null, null), null);
        var job = new FlinkJob("id", "job", "RUNNING", null, null, null, null, Now, null, new Dictionary<string, DateTimeOffset>(), new Dictionary<string, int>(), [vertex], new JobPlan(null, []));
        var checkpoint = checkpointAge is { } age
            ? new Checkpoint(7, "COMPLETED", false, null, null, Now.AddSeconds(-age), Now.AddSeconds(-age + 1), null, null, null, null, null, null, null, "file:/c/7", false, null, null, new Dictionary<string, CheckpointVertex>())
            : null;
        return new JobFacts(job, new CheckpointStatistics(1, 0, 1, 0, 0, checkpoint, null, null, null, [], null!), rate, waiting, null);
    }

    private static JsonObject Spec(int parallelism) => new()
    {
        ["image"] = "flink:1",
        ["flinkConfiguration"] = new JsonObject { ["state.savepoints.dir"] = "file:///s" },
        ["job"] = new JsonObject { ["jarURI"] = "local:///a.jar", ["parallelism"] = parallelism },
    };

    private static FlinkObject Seen() => new(new JsonObject { ["kind"] = "FlinkDeployment", ["metadata"] = new JsonObject { ["name"] = "a" }, ["spec"] = Spec(2) });
}
