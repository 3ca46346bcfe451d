using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Planning;

/// <summary>The rules of the operator, one by one: each case changes a running deployment in one way.</summary>
public sealed class ChangeClassifierTests
{
    private const string Vertex = "8eeed16b661251f13cfc6a3c5e75c420";

    [Theory]
    // Taken note of.
    [InlineData("{}", ChangeClass.None, JobEffect.KeepsRunning, null)]
    [InlineData("""{"flinkConfiguration":{"taskmanager":{"numberOfTaskSlots":4}}}""", ChangeClass.None, JobEffect.KeepsRunning, null)]
    [InlineData("""{"flinkConfiguration":{"kubernetes.operator.periodic.savepoint.interval":"6h"}}""", ChangeClass.Ignore, JobEffect.KeepsRunning, null)]
    [InlineData("""{"flinkConfiguration":{"job.autoscaler.enabled":"true","parallelism.default":"3"}}""", ChangeClass.Ignore, JobEffect.KeepsRunning, null)]
    [InlineData("""{"job":{"upgradeMode":"last-state","initialSavepointPath":"s3://a/b","allowNonRestoredState":true,"savepointTriggerNonce":7}}""", ChangeClass.Ignore, JobEffect.KeepsRunning, null)]
    [InlineData("""{"restartNonce":null}""", ChangeClass.Ignore, JobEffect.KeepsRunning, null)]
    // Upgrades: everything that is not said otherwise.
    [InlineData("""{"image":"flink:2"}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    [InlineData("""{"job":{"args":["--rate","2"]}}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    [InlineData("""{"job":{"parallelism":3}}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    [InlineData("""{"taskManager":{"replicas":2}}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    [InlineData("""{"mode":"native"}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    [InlineData("""{"logConfiguration":{"log4j-console.properties":"x"}}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    [InlineData("""{"restartNonce":2}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    [InlineData("""{"flinkConfiguration":{"execution.checkpointing.interval":null}}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    // Scaling in place, and what stands against it.
    [InlineData("""{"flinkConfiguration":{"pipeline.jobvertex-parallelism-overrides":"8eeed16b661251f13cfc6a3c5e75c420:4"}}""", ChangeClass.Scale, JobEffect.KeepsRunning, "SCALE")]
    [InlineData("""{"flinkConfiguration":{"pipeline.jobvertex-parallelism-overrides":":4"}}""", ChangeClass.Upgrade, JobEffect.Restarts, "SCALE")]
    [InlineData("""{"flinkConfiguration":{"pipeline.jobvertex-parallelism-overrides":"8eeed16b661251f13cfc6a3c5e75c420:4","kubernetes.operator.job.upgrade.inplace-scaling.enabled":"false"}}""", ChangeClass.Upgrade, JobEffect.Restarts, "SCALE")]
    [InlineData("""{"flinkConfiguration":{"pipeline.jobvertex-parallelism-overrides":"8eeed16b661251f13cfc6a3c5e75c420:4"},"job":{"parallelism":3}}""", ChangeClass.Upgrade, JobEffect.Restarts, "UPGRADE")]
    // From a chosen snapshot.
    [InlineData("""{"job":{"savepointRedeployNonce":1,"initialSavepointPath":"s3://a/b"}}""", ChangeClass.Redeploy, JobEffect.Restarts, "SAVEPOINT_REDEPLOY")]
    [InlineData("""{"image":"x","job":{"savepointRedeployNonce":1,"initialSavepointPath":"s3://a/b"}}""", ChangeClass.Redeploy, JobEffect.Restarts, "SAVEPOINT_REDEPLOY")]
    // Stopping.
    [InlineData("""{"job":{"state":"suspended"}}""", ChangeClass.Suspend, JobEffect.Stops, "UPGRADE")]
    public void Classify_OfARunningJob_IsWhatTheOperatorDoes(string patch, ChangeClass expected, JobEffect effect, string? term)
    {
        var seen = Some();

        var found = ChangeClassifier.Classify(seen, With(seen.Spec, patch));

        found.Class.ShouldBe(expected, found.Words);
        found.Effect.ShouldBe(effect, found.Words);
        found.OperatorTerm.ShouldBe(term);
        found.Words.ShouldEndWith(".");
    }

    [Theory]
    [InlineData("savepoint", "RUNNING", "", StopMode.Savepoint)]
    [InlineData("last-state", "RUNNING", "", StopMode.LastState)]
    [InlineData("stateless", "RUNNING", "", StopMode.Stateless)]
    [InlineData(null, "RUNNING", "", StopMode.Stateless)]
    [InlineData("savepoint", "RESTARTING", "", StopMode.LastState)]
    [InlineData("savepoint", "RESTARTING", "kubernetes.operator.job.upgrade.last-state-fallback.enabled=false", null)]
    [InlineData("last-state", "RUNNING", "high-availability.type=NONE", StopMode.Cancel)]
    [InlineData("last-state", "RUNNING", "kubernetes.operator.job.upgrade.last-state.job-cancel.enabled=true", StopMode.Cancel)]
    [InlineData("last-state", "RESTARTING", "high-availability.type=NONE", null)]
    [InlineData("savepoint", "FAILED", "", StopMode.Cancel)]
    [InlineData("last-state", "RUNNING", "flinkVersion", StopMode.Savepoint)]
    public void Classify_OfAnUpgrade_NamesTheModeThatIsReallyUsed(string? mode, string state, string option, StopMode? expected)
    {
        var seen = Some(state: state, option: option == "flinkVersion" ? "" : option);
        var after = With(seen.Spec, """{"image":"flink:2"}""");
        after["job"]!["upgradeMode"] = mode;
        if (option == "flinkVersion") after["flinkVersion"] = "v1_20";

        var found = ChangeClassifier.Classify(seen, after);

        found.Mode.ShouldBe(expected, found.ModeWhy);
        found.ModeWhy.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("savepoint", "savepoint", StopMode.Savepoint)]
    [InlineData("savepoint", "stateless", StopMode.Stateless)]
    [InlineData("last-state", "savepoint", StopMode.LastState)]
    [InlineData("stateless", "savepoint", StopMode.Stateless)]
    public void Classify_OfAResume_ComesBackAsItWasStopped(string suspendedAs, string mode, StopMode expected)
    {
        var seen = Some(suspended: suspendedAs);
        var after = With(seen.Spec, """{"job":{"state":"running"}}""");
        after["job"]!["upgradeMode"] = mode;

        var found = ChangeClassifier.Classify(seen, after);

        (found.Class, found.Effect, found.Mode).ShouldBe((ChangeClass.Upgrade, JobEffect.Starts, (StopMode?)expected));
    }

    [Fact]
    public void Classify_OfASuspendedJob_StaysStopped() =>
        ChangeClassifier.Classify(Some(suspended: "savepoint"), With(Some(suspended: "savepoint").Spec, """{"image":"flink:2"}""")).Effect.ShouldBe(JobEffect.StaysStopped);

    [Fact]
    public void Classify_BackToWhatIsDeployed_AfterARefusedChange_RestartsNothing()
    {
        // The resource asks for parallelism 0, which the operator refused: what runs has 2.
        var seen = Some(pending: """{"job":{"parallelism":0}}""");

        ChangeClassifier.Classify(seen, With(seen.Spec, """{"job":{"parallelism":2}}""")).Class.ShouldBe(ChangeClass.None);
    }

    [Fact]
    public void Classify_WithAnOperatorThatDoesNotKnowTheNonce_TakesOnlyNote() =>
        ChangeClassifier.Classify(Some(), With(Some().Spec, """{"job":{"savepointRedeployNonce":1,"initialSavepointPath":"s3://a/b"}}"""), knowsRedeploy: false).Class.ShouldBe(ChangeClass.Ignore);

    [Fact]
    public void Classify_OfOverridesThatTheAutoscalerWrote_SeesNoRemoval()
    {
        var seen = Some(option: "job.autoscaler.enabled=true", deployedOption: $"pipeline.jobvertex-parallelism-overrides={Vertex}:3");

        ChangeClassifier.Classify(seen, With(seen.Spec, """{"flinkConfiguration":{"job.autoscaler.metrics.window":"5 min"}}""")).Class.ShouldBe(ChangeClass.Ignore);
    }

    [Fact]
    public void Classify_OfARemovedOverride_Restarts()
    {
        var seen = Some(option: $"pipeline.jobvertex-parallelism-overrides={Vertex}:3", deployedOption: $"pipeline.jobvertex-parallelism-overrides={Vertex}:3");

        var found = ChangeClassifier.Classify(seen, With(seen.Spec, """{"flinkConfiguration":{"pipeline.jobvertex-parallelism-overrides":null}}"""));

        (found.Effect, found.OperatorTerm).ShouldBe((JobEffect.Restarts, "SCALE"));
        found.Words.ShouldContain("taken away");
    }

    [Theory]
    [InlineData("reactive", JobEffect.KeepsRunning)]
    [InlineData("none", JobEffect.Restarts)]
    public void Classify_OfTheParallelismOfAStandaloneCluster_DependsOnItsScheduler(string scheduler, JobEffect effect)
    {
        var seen = Some(option: $"scheduler-mode={scheduler}", deployedOption: $"scheduler-mode={scheduler}", mode: "standalone");

        var found = ChangeClassifier.Classify(seen, With(seen.Spec, """{"job":{"parallelism":4}}"""));

        (found.Effect, found.OperatorTerm).ShouldBe((effect, "SCALE"));
    }

    [Fact]
    public void Classify_OfASessionCluster_DeploysItAnew()
    {
        var seen = Some();
        seen.Spec.Remove("job");
        var cluster = new FlinkObject(seen.Json);

        ChangeClassifier.Classify(cluster, With(cluster.Spec, """{"image":"flink:2"}""")).Effect.ShouldBe(JobEffect.Restarts);
    }

    [Fact]
    public void Classify_BeforeTheFirstDeployment_Deploys()
    {
        var seen = new FlinkObject(new JsonObject { ["kind"] = "FlinkDeployment", ["metadata"] = new JsonObject { ["name"] = "a" }, ["spec"] = Some().Spec.DeepClone() });

        ChangeClassifier.Classify(seen, seen.Spec).Class.ShouldBe(ChangeClass.Deploy);
    }

    private static FlinkObject Some(string state = "RUNNING", string option = "", string? deployedOption = null, string? suspended = null, string? pending = null, string? mode = null)
    {
        var spec = new JsonObject
        {
            ["image"] = "flink:1",
            ["flinkVersion"] = "v1_19",
            ["restartNonce"] = 1,
            ["flinkConfiguration"] = new JsonObject { ["jobmanager.scheduler"] = "adaptive", ["taskmanager.numberOfTaskSlots"] = "4", ["execution.checkpointing.interval"] = "5 s", ["high-availability.type"] = "kubernetes" },
            ["job"] = new JsonObject { ["jarURI"] = "local:///a.jar", ["args"] = new JsonArray("--rate", "1"), ["parallelism"] = 2, ["state"] = suspended is null ? "running" : "suspended", ["upgradeMode"] = "savepoint" },
        };
        if (mode is not null) spec["mode"] = mode;
        Set(spec, option);
        var deployed = (JsonObject)spec.DeepClone();
        Set(deployed, deployedOption ?? "");
        deployed["job"]!["upgradeMode"] = suspended ?? "stateless";
        var status = new JsonObject
        {
            ["lifecycleState"] = suspended is null ? "STABLE" : "SUSPENDED",
            ["observedGeneration"] = 3,
            ["jobStatus"] = new JsonObject { ["state"] = suspended is null ? state : "FINISHED", ["startTime"] = "1763715600000" },
            ["reconciliationStatus"] = new JsonObject { ["state"] = "DEPLOYED", ["lastReconciledSpec"] = new JsonObject { ["spec"] = deployed }.ToJsonString() },
        };
        return new FlinkObject(new JsonObject { ["kind"] = "FlinkDeployment", ["metadata"] = new JsonObject { ["name"] = "a", ["generation"] = 3 }, ["spec"] = pending is null ? spec : With(spec, pending), ["status"] = status });
    }

    private static void Set(JsonObject spec, string option)
    {
        if (option.Split('=') is [var key, var value]) spec["flinkConfiguration"]![key] = value;
    }

    /// <summary>The spec with a merge patch laid over it.</summary>
    private static JsonObject With(JsonObject spec, string patch)
    {
        var result = (JsonObject)spec.DeepClone();
        Merge(result, (JsonObject)JsonNode.Parse(patch)!);
        return result;
    }

    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is JsonObject inner && into[key] is JsonObject known) Merge(known, inner);
            else if (value is null) into.Remove(key);
            else into[key] = value.DeepClone();
        }
    }
}
