using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Diagnosis;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Diagnosis;

public sealed class DiagnosisReaderTests
{
    private const string JobId = "b0b6458b7a4c925bf0d361433ac641cd";
    private static readonly PipelineKey Key = new("dev", "team-orders", "fails-at-start");
    private static readonly ClusterSettings Settings = new("dev", null, null);

    [Fact]
    public async Task JudgeAsync_MainThrows_IsReadThroughTheApiServer()
    {
        var cluster = new FakeCluster(Settings) { Proxy = Respond };
        var verdict = await JudgeAsync(cluster, Row());
        verdict.Headline.ShouldBe("main() throws: NumberFormatException: For input string: \"many\"");
        verdict.Gaps.ShouldBeEmpty();
        cluster.Proxied.ShouldAllBe(static p => p.Service == "fails-at-start-rest" && p.Port == 8081);
        cluster.Proxied.Select(static p => p.Target).ShouldContain("/jobs/overview");
    }

    [Fact]
    public async Task JudgeAsync_JobManagerCrashes_ReadsTheLogOfItsLastRun()
    {
        var cluster = new FakeCluster(Settings) { Log = "INFO\norg.apache.flink.util.FlinkException: Could not load the provided entrypoint class.\n\tat a.B.c(B.java:1)\nCaused by: java.lang.ClassNotFoundException: samples.Missing\n" };
        cluster.Pods.Add(Pod("""{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 20s"}}""", """{"terminated":{"reason":"Error","exitCode":1,"finishedAt":"2026-11-21T08:59:00Z"}}"""));
        var verdict = await JudgeAsync(cluster, Row());
        verdict.Headline.ShouldBe("Main class samples.Missing does not exist in the jar.");
        verdict.Evidence.ShouldContain(static e => e.State == "CrashLoopBackOff" && e.Source == "pod fails-at-start-6f4787c66-dqcjf");
    }

    [Fact]
    public async Task JudgeAsync_ImageDoesNotExist_TakesEventsOfItsOwnPodsOnly()
    {
        var cluster = new FakeCluster(Settings);
        cluster.Pods.Add(Pod("""{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image"}}""", "{}"));
        cluster.Events.Add(Event("Failed", "Failed to pull image \"localhost/flink:none\": not found", "fails-at-start-6f4787c66-dqcjf"));
        cluster.Events.Add(Event("Failed", "of another pipeline", "fails-at-start-two-6f4787c66-dqcjf"));
        var verdict = await JudgeAsync(cluster, Row());
        verdict.Headline.ShouldBe("Image localhost/flink:none cannot be pulled.");
        verdict.Explanation.ShouldContain("not found");
        verdict.Evidence.ShouldNotContain(static e => e.Text == "of another pipeline");
    }

    [Fact]
    public async Task JudgeAsync_EventsForbidden_StillJudgesAndNamesTheGap()
    {
        var cluster = new FakeCluster(Settings) { Proxy = Respond, Fails = new KubernetesException(KubernetesError.Forbidden, "Sluice may not list events.", 403) };
        var verdict = await JudgeAsync(cluster, Row());
        verdict.Headline.ShouldStartWith("main() throws");
        verdict.Gaps.ShouldBe(["The events could not be read: Sluice may not list events."]);
    }

    [Fact]
    public async Task JudgeAsync_ClusterNotConnected_SaysSo()
    {
        var verdict = await JudgeAsync(new FakeCluster(Settings with { Name = "other" }), Row());
        verdict.Gaps.ShouldHaveSingleItem().ShouldContain("not connected");
        verdict.Evidence.ShouldContain(static e => e.Source == "JobManager" && e.Text.Contains("No cluster named dev", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "The operator has not answered")]
    [InlineData(false, "The operator is not running")]
    public async Task JudgeAsync_NoStatus_LooksForTheOperator(bool runs, string headline)
    {
        var cluster = new FakeCluster(Settings);
        if (runs) cluster.Pods.Add(JsonNode.Parse("""{"metadata":{"name":"operator","labels":{"app":"x","app.kubernetes.io/name":"flink-kubernetes-operator"}},"status":{"phase":"Running"}}""")!.AsObject());
        var row = Row();
        var verdict = await JudgeAsync(cluster, row with { Resource = row.Resource with { HasStatus = false, HasReconciledSpec = false } });
        verdict.Headline.ShouldStartWith(headline);
    }

    [Theory]
    [InlineData(JobManagerAccess.Service, null, "http://fails-at-start-rest.team-orders:8081")]
    [InlineData(JobManagerAccess.Ingress, "https://{name}.{namespace}.example.org/x/", "https://fails-at-start.team-orders.example.org/x")]
    [InlineData(JobManagerAccess.Ingress, "{{namespace}}.example.org/{{name}}", "http://team-orders.example.org/fails-at-start")]
    public async Task Of_DirectAccess_GoesToTheConfiguredAddress(JobManagerAccess access, string? template, string address)
    {
        using var managers = new JobManagers(new FakeCluster(Settings with { Access = access, IngressTemplate = template }));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        // No such host exists: the message names where it went.
        var failure = await Should.ThrowAsync<FlinkException>(() => managers.Of(Key, "fails-at-start").OverviewAsync(limit.Token));
        failure.Error.ShouldBe(FlinkError.Unreachable);
        failure.Message.ShouldContain(address);
    }

    [Theory]
    [InlineData("Bad_Name")]
    [InlineData("a/../b")]
    public async Task Of_NoName_IsRefusedBeforeAnythingIsAsked(string deployment)
    {
        var cluster = new FakeCluster(Settings);
        using var managers = new JobManagers(cluster);
        await Should.ThrowAsync<FlinkException>(() => managers.Of(Key, deployment).OverviewAsync(default));
        cluster.Proxied.ShouldBeEmpty();
    }

    private static async Task<Verdict> JudgeAsync(FakeCluster cluster, PipelineRow row)
    {
        using var managers = new JobManagers(cluster);
        return await new DiagnosisReader(cluster, managers, new FixedTime()).JudgeAsync(row, TestContext.Current.CancellationToken);
    }

    private static HttpResponseMessage Respond(string target) => new(HttpStatusCode.OK)
    {
        Content = new StringContent(target switch
        {
            "/jobs/overview" => $$$"""{"jobs":[{"jid":"{{{JobId}}}","name":"(application driver)","state":"FAILED","start-time":1795248595215,"last-modification":1795248600032,"tasks":{}}]}""",
            _ when target.Contains("/exceptions", StringComparison.Ordinal) => JsonSerializer.Serialize(new
            {
                exceptionHistory = new
                {
                    entries = new[] { new { exceptionName = "x.ProgramInvocationException", timestamp = 1795248600000, stacktrace = "x.ProgramInvocationException: The main method caused an error: For input string: \"many\"\n\tat a.B.c(B.java:1)\nCaused by: java.lang.NumberFormatException: For input string: \"many\"\n\tat samples.OrderTotals.main(OrderTotals.java:25)\n" } },
                    truncated = false,
                },
            }),
            _ => "{}",
        }),
    };

    private static PipelineRow Row() => new()
    {
        Key = Key,
        Kind = PipelineKind.FlinkJar,
        State = new PipelineState(SyncState.OutOfSync, HealthState.Failed, PipelinePhase.Deploying, "Job fails at start; its exceptions say why"),
        Resource = new FlinkResourceRecord
        {
            ObjectKey = new ObjectKey(Key.Namespace, Key.Name),
            Uid = "u",
            ResourceVersion = "1",
            Resource = FlinkResource.Deployment,
            CreatedAt = new DateTimeOffset(2026, 11, 21, 8, 50, 0, TimeSpan.Zero),
            HasJob = true,
            HasStatus = true,
            HasReconciledSpec = true,
            LifecycleState = "DEPLOYED",
            JobManagerStatus = "DEPLOYED_NOT_READY",
            JobState = "RECONCILING",
            Error = new OperatorError("ReconciliationException", "Checkpointing has not been enabled.", null),
        },
    };

    private static JsonObject Pod(string state, string lastState) => JsonNode.Parse($$$"""
        {"metadata":{"name":"fails-at-start-6f4787c66-dqcjf","creationTimestamp":"2026-11-21T08:58:00Z","labels":{"app":"fails-at-start","component":"jobmanager"}},
         "spec":{"containers":[{"name":"flink-main-container","image":"localhost/flink:none"}]},
         "status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True"},{"type":"Ready","status":"False"}],"containerStatuses":[{"restartCount":3,"state":{{{state}}},"lastState":{{{lastState}}}}]}}
        """)!.AsObject();

    private static JsonObject Event(string reason, string message, string pod) => new()
    {
        ["type"] = "Warning",
        ["reason"] = reason,
        ["message"] = message,
        ["count"] = 2,
        ["lastTimestamp"] = "2026-11-21T08:59:30Z",
        ["involvedObject"] = new JsonObject { ["kind"] = "Pod", ["name"] = pod },
    };

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
    }
}
