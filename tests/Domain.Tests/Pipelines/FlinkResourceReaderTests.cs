using System.Text.Json;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class FlinkResourceReaderTests
{
    private const string Running = """
        { "apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkDeployment",
          "metadata": { "name": "orders", "namespace": "team-a", "uid": "u-1", "resourceVersion": "42", "generation": 7, "creationTimestamp": "2026-01-02T03:04:05Z",
            "labels": { "app": "orders", "tier": "gold" }, "annotations": { "sluice.dev/pipeline": "abc", "other": "x" } },
          "spec": { "image": "flink:1.20", "flinkVersion": "v1_20", "flinkConfiguration": { "taskmanager": { "numberOfTaskSlots": "4" } },
            "job": { "jarURI": "local:///a.jar", "entryClass": "a.B", "parallelism": 2, "state": "running", "upgradeMode": "savepoint", "savepointTriggerNonce": 3 } },
          "status": { "lifecycleState": "STABLE", "jobManagerDeploymentStatus": "READY", "observedGeneration": 7,
            "jobStatus": { "state": "RUNNING", "jobId": "j", "jobName": "n", "startTime": "1795252267066", "updateTime": "1795252285584", "upgradeSavepointPath": "KUBERNETES_OPERATOR_LAST_STATE",
              "savepointInfo": { "triggerId": "t", "lastSavepoint": { "timeStamp": 1795250871005, "location": "file:/s", "triggerType": "MANUAL", "triggerNonce": 1 } } },
            "reconciliationStatus": { "state": "DEPLOYED", "reconciliationTimestamp": 1795252262207,
              "lastReconciledSpec": "{\"spec\":{\"job\":{\"state\":\"running\"}},\"resource_metadata\":{\"firstDeployment\":true}}",
              "lastStableSpec": "{ \"resource_metadata\":{\"firstDeployment\":true}, \"spec\":{\"job\":{\"state\":\"running\"}}}" } } }
        """;

    [Fact]
    public void ReadDeployment_Complete_KeepsWhatListsNeed()
    {
        var record = Read(Running);

        record.ObjectKey.ShouldBe(new ObjectKey("team-a", "orders"));
        record.Uid.ShouldBe("u-1");
        record.ResourceVersion.ShouldBe("42");
        record.Generation.ShouldBe(7);
        record.CreatedAt.ShouldBe(DateTimeOffset.Parse("2026-01-02T03:04:05Z"));
        record.Labels["tier"].ShouldBe("gold");
        record.Annotations.ShouldBe(new Dictionary<string, string> { ["pipeline"] = "abc" });
        record.Image.ShouldBe("flink:1.20");
        record.Parallelism.ShouldBe(2);
        record.SavepointNonce.ShouldBe(3);
        record.DetectedKind.ShouldBe(PipelineKind.FlinkJar);
        record.HasStatus.ShouldBeTrue();
        record.ObservedGeneration.ShouldBe(7);
        record.ReconciledState.ShouldBe("running");
        record.FirstDeployment.ShouldBeTrue();
        record.ReconciledIsStable.ShouldBeTrue("the same specs with their fields in another order");
        record.JobStartedAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795252267066));
        record.UpgradeSavepointPath.ShouldBeNull("the operator's placeholder is no path");
        record.SavepointTriggerId.ShouldBe("t");
        record.LastSavepoint.ShouldBe(new LegacySavepoint("file:/s", 1, DateTimeOffset.FromUnixTimeMilliseconds(1795250871005), "MANUAL"));
    }

    [Fact]
    public void ReadDeployment_TaskManagerReplicas_ComputesParallelismFromNestedSlots() =>
        Read(Running.Replace("\"image\"", "\"taskManager\": { \"replicas\": 3 }, \"image\"", StringComparison.Ordinal)).Parallelism.ShouldBe(12);

    [Fact]
    public void ReadDeployment_Operator17_TakesGenerationOutOfReconciledSpec()
    {
        var record = Read("""{"metadata":{"name":"a","namespace":"n","generation":3},"spec":{"job":{}},"status":{"reconciliationStatus":{"lastReconciledSpec":"{\"spec\":{\"job\":{\"state\":\"suspended\"}},\"resource_metadata\":{\"metadata\":{\"generation\":2}}}"}}}""");

        record.ObservedGeneration.ShouldBe(2);
        record.ReconciledState.ShouldBe("suspended");
        record.ReconciledIsStable.ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"a"}}""")]
    [InlineData("""{"metadata":{"name":"a"},"spec":null,"status":null}""")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{},"status":{}}""")]
    [InlineData("""{"metadata":{"name":"a","namespace":null,"labels":null,"annotations":null,"generation":null,"creationTimestamp":null,"deletionTimestamp":null,"uid":null},"spec":{"image":null,"job":null,"flinkConfiguration":null,"taskManager":null},"status":{"lifecycleState":null,"error":null,"jobStatus":null,"reconciliationStatus":null,"jobManagerDeploymentStatus":null,"clusterInfo":null,"conditions":null}}""")]
    [InlineData("""{"metadata":{"name":"a","labels":[1],"generation":"x","creationTimestamp":{}},"spec":{"image":{},"job":"no","flinkConfiguration":"text","taskManager":[]},"status":{"jobStatus":{"state":{},"savepointInfo":[],"startTime":"soon"},"reconciliationStatus":{"lastReconciledSpec":{},"reconciliationTimestamp":"never"}}}""")]
    public void ReadDeployment_EmptyNullOrWronglyTyped_GivesRecordWithoutStatus(string json)
    {
        var record = Read(json);

        record.ObjectKey.Name.ShouldBe("a");
        record.HasStatus.ShouldBeFalse();
        record.Error.ShouldBeNull();
        record.DeletedAt.ShouldBeNull();
        record.Labels.ShouldBeEmpty();
        record.HasJob.ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("""{"metadata":{"name":""}}""")]
    public void ReadDeployment_WithoutName_GivesNull(string json) => FlinkResourceReader.ReadDeployment(JsonDocument.Parse(json).RootElement).ShouldBeNull();

    [Fact]
    public void ReadDeployment_UnknownEnumValues_KeepsTheTexts()
    {
        var record = Read("""{"metadata":{"name":"a"},"status":{"lifecycleState":"HIBERNATING","jobStatus":{"state":"DREAMING"},"jobManagerDeploymentStatus":"MAYBE","reconciliationStatus":{"state":"PONDERING","lastReconciledSpec":"not json"}}}""");

        record.LifecycleState.ShouldBe("HIBERNATING");
        record.JobState.ShouldBe("DREAMING");
        record.HasReconciledSpec.ShouldBeTrue();
        record.ObservedGeneration.ShouldBeNull();
    }

    [Fact]
    public void ReadDeployment_OneMegabyte_KeepsASmallRecord()
    {
        var record = Read(JsonSerializer.Serialize(new
        {
            metadata = new { name = "big", annotations = new Dictionary<string, string> { ["kubectl.kubernetes.io/last-applied-configuration"] = new('x', 300_000) } },
            spec = new { image = new string('i', 200_000), job = new { args = new[] { new string('a', 300_000) } }, podTemplate = new { x = new string('y', 200_000) } },
            status = new { error = "{\"type\":\"a.B\",\"message\":\"" + new string('m', 300_000) },
        }));

        (record.Image!.Length + record.Error!.Message.Length).ShouldBeLessThan(2000);
        record.Annotations.ShouldBeEmpty();
    }

    [Fact]
    public void ReadDeployment_EscapeThatIsNoText_KeepsTheNameInTheList()
    {
        var record = Read("""{"metadata":{"name":"odd","namespace":"n"},"spec":{"flinkConfiguration":{"k\ud800":"v"}}}""");

        record.ObjectKey.ShouldBe(new ObjectKey("n", "odd"));
        record.TooLarge.ShouldBeTrue();
    }

    [Fact]
    public void ReadDeployment_SameTextsTwice_SharesOneCopy()
    {
        var first = Read(Running);
        var second = Read(Running);

        ReferenceEquals(first.Image, second.Image).ShouldBeTrue();
        ReferenceEquals(first.LifecycleState, second.LifecycleState).ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"jarURI":"local:///a.jar"}""", PipelineKind.FlinkJar)]
    [InlineData("""{"entryClass":"org.apache.beam.examples.WordCount"}""", PipelineKind.BeamJava)]
    [InlineData("""{"entryClass":"a.B","args":["--runner=FlinkRunner"]}""", PipelineKind.BeamJava)]
    [InlineData("""{"entryClass":"a.B","args":["--runner","FlinkRunner"]}""", PipelineKind.BeamJava)]
    [InlineData("""{"entryClass":"org.apache.beam.runners.flink.FlinkPipelineRunner"}""", PipelineKind.BeamPython)]
    [InlineData("""{"jarURI":"local:///opt/sql-runner.jar","args":["/opt/a.sql"]}""", PipelineKind.FlinkSql)]
    [InlineData("{}", PipelineKind.Unknown)]
    public void ReadDeployment_Job_TellsTheKind(string job, PipelineKind expected) =>
        Read("""{"metadata":{"name":"a"},"spec":{"job":@JOB@}}""".Replace("@JOB@", job, StringComparison.Ordinal)).DetectedKind.ShouldBe(expected);

    [Fact]
    public void ReadDeployment_WithoutJob_IsSessionCluster() => Read("""{"metadata":{"name":"a"},"spec":{"image":"x"}}""").DetectedKind.ShouldBe(PipelineKind.SessionCluster);

    private static FlinkResourceRecord Read(string json) => FlinkResourceReader.ReadDeployment(JsonDocument.Parse(json).RootElement).ShouldNotBeNull();
}
