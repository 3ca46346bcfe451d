using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Specs;

public sealed class SpecFormTests
{
    [Fact]
    public void FromManifest_Good_HasEveryField()
    {
        var form = SpecForm.FromManifest(ManifestYaml.Parse(SpecFixtures.Good).Root);
        (form.Kind, form.Name, form.Namespace, form.FlinkVersion, form.Parallelism, form.TaskSlots).ShouldBe((PipelineKind.FlinkJar, "basket", "orders", "v1_20", "4", "2"));
        (form.JobManagerMemory, form.JobManagerCpu, form.TaskManagerMemory, form.TaskManagerCpu).ShouldBe(("1600m", "1", "4g", "2"));
        (form.CheckpointInterval, form.CheckpointDirectory, form.SavepointDirectory, form.HighAvailability).ShouldBe(("1 min", "s3://flink/orders/basket/ckpt", "s3://flink/orders/basket/save", "kubernetes"));
        form.Arguments.ShouldBe(["--topic", "baskets", "--window", "30m"]);
        form.ExtraConfiguration.ShouldBeEmpty();
        form.PodTemplate.ShouldContain("flink-main-container");
    }

    [Fact]
    public void ToText_EditsOfManyFields_KeepCommentsAndEverythingElse()
    {
        var form = SpecForm.FromManifest(ManifestYaml.Parse(SpecFixtures.Good).Root) with
        {
            TaskSlots = "4",
            TaskManagerMemory = "4 gig",
            CheckpointInterval = "",
            StateBackend = "rocksdb",
            Arguments = ["--topic", "all baskets"],
            EntryClass = "",
            ExtraConfiguration = [KeyValuePair.Create("web.timeout", "1 min")],
        };
        var text = SpecForm.ToText(form, SpecFixtures.Good);
        foreach (var comment in new[] { "# kept by the team orders", "# one per core", "# the job itself" }) text.ShouldContain(comment);
        text.ShouldContain("taskmanager.numberOfTaskSlots: \"4\"   # one per core");
        text.ShouldContain("resource: {memory: 4 gig, cpu: 2}");
        text.ShouldContain("args: [--topic, all baskets]");
        text.ShouldNotContain("execution.checkpointing.interval");
        text.ShouldNotContain("entryClass");
        JsonNode.DeepEquals(ManifestYaml.Parse(text).Root, SpecForm.ToManifest(form, ManifestYaml.Parse(SpecFixtures.Good).Root)).ShouldBeTrue();
        var back = SpecForm.FromManifest(ManifestYaml.Parse(text).Root);
        (back.TaskSlots, back.TaskManagerMemory, back.StateBackend, back.CheckpointInterval, back.EntryClass).ShouldBe(("4", "4 gig", "rocksdb", "", ""));
        back.ExtraConfiguration.ShouldBe([KeyValuePair.Create("web.timeout", "1 min")]);
    }

    [Fact]
    public void ToManifest_NestedOptionsOldNamesAndResources_AreEditedWhereTheyStand()
    {
        var manifest = SpecFixtures.With(SpecFixtures.Good, """
            {"x-unknown":{"kept":[1,null]},"spec":{"flinkConfiguration":{"execution.checkpointing.dir":null,"state":{"checkpoints.dir":"s3://old"}},"jobManager":{"resource":null,"resources":{"requests":{"memory":"1Gi"}}}}}
            """);
        var form = SpecForm.FromManifest(manifest);
        form.CheckpointDirectory.ShouldBe("s3://old");
        var changed = SpecForm.ToManifest(form with { CheckpointDirectory = "s3://new", JobManagerMemory = "2Gi" }, manifest);
        ((string?)changed["spec"]!["flinkConfiguration"]!["state"]!["checkpoints.dir"]).ShouldBe("s3://new");
        ((string?)changed["spec"]!["jobManager"]!["resources"]!["requests"]!["memory"]).ShouldBe("2Gi");
        changed["spec"]!["jobManager"]!["resource"].ShouldBeNull();
        JsonNode.DeepEquals(changed["x-unknown"], manifest["x-unknown"]).ShouldBeTrue();
    }

    [Fact]
    public void ToManifest_NewBeamPipeline_HasTheRunnersArgumentsAndNoError()
    {
        var form = (SpecForm.New(PipelineKind.BeamJava) with
        {
            Name = "totals", Namespace = "rides", Image = "flink:1.19.3", FlinkVersion = "v1_19", ServiceAccount = "flink", JarUri = "local:///opt/a.jar", Parallelism = "2",
            JobManagerMemory = "1g", TaskManagerMemory = "2g", CheckpointInterval = "5 s", CheckpointDirectory = "s3://c", SavepointDirectory = "s3://s", Arguments = ["--brokers=b:9092"],
        }).WithRunnerArguments();
        var manifest = SpecForm.ToManifest(form);
        manifest["spec"]!["job"]!["args"]!.AsArray().Select(a => (string)a!).ShouldBe(["--runner=FlinkRunner", "--streaming=true", "--attachedMode=false", "--checkpointingInterval=5000", "--brokers=b:9092"]);
        SpecValidator.Validate(new SpecValidationInput(manifest)).ShouldBeEmpty();
        var back = SpecForm.FromManifest(manifest);
        (back.Kind, back.Parallelism).ShouldBe((PipelineKind.BeamJava, "2"));
        back.Arguments.ShouldBe(form.Arguments);
        form.RunnerArguments.ShouldAllBe(a => BeamArguments.Explain(a) != null);
    }

    [Fact]
    public void ToManifest_PodTemplateThatIsNoYaml_KeepsTheOldOneAndSaysWhy()
    {
        var manifest = ManifestYaml.Parse(SpecFixtures.Good).Root;
        var form = SpecForm.FromManifest(manifest) with { PodTemplate = "spec: [" };
        JsonNode.DeepEquals(SpecForm.ToManifest(form, manifest), manifest).ShouldBeTrue();
        form.Problems().Single().Path.ShouldBe("spec.podTemplate");
    }

    [Theory]
    [InlineData("spec.taskManager.resource.memory", "TaskManagerMemory")]
    [InlineData("spec.taskManager.resources.requests.memory", "TaskManagerMemory")]
    [InlineData("spec.flinkConfiguration.state[checkpoints.dir]", "CheckpointDirectory")]
    [InlineData("spec.flinkConfiguration[web.timeout]", "ExtraConfiguration")]
    [InlineData("spec.job.args[2]", "Arguments")]
    [InlineData("spec.podTemplate.spec.containers[0].name", "PodTemplate")]
    [InlineData("spec.ingress.template", null)]
    public void FieldOf_APath_IsTheFormsField(string path, string? field) => SpecForm.FieldOf(path).ShouldBe(field);

    [Fact]
    public void ArgumentText_AnyArguments_SplitAsTheyWereJoined()
    {
        string[] arguments = ["--a", "", "b c", "it's", "say \"x\"", "back\\slash", "it's \"all\" \\ of it", "tab\there", "--k=v w"];
        ArgumentText.Split(ArgumentText.Join(arguments)).ShouldBe(arguments);
    }

    [Theory]
    [InlineData("""{"spec":{"flinkConfiguration":{"taskmanager.numberOfTaskSlots":2}}}""", SpecChangeKind.None)]
    [InlineData("""{"metadata":{"labels":{"a":"b"}}}""", SpecChangeKind.None)]
    [InlineData("""{"spec":{"jobManager":{"replicas":1,"resource":{"cpu":1.0}}}}""", SpecChangeKind.None)]
    [InlineData("""{"spec":{"job":{"upgradeMode":"last-state"}}}""", SpecChangeKind.Ignore)]
    [InlineData("""{"spec":{"flinkConfiguration":{"kubernetes.operator.job.restart.failed":"true","job.autoscaler.enabled":"true"}}}""", SpecChangeKind.Ignore)]
    [InlineData("""{"spec":{"flinkConfiguration":{"pipeline.jobvertex-parallelism-overrides":"a:2"}}}""", SpecChangeKind.Scale)]
    [InlineData("""{"spec":{"job":{"parallelism":5}}}""", SpecChangeKind.Upgrade)]
    [InlineData("""{"spec":{"mode":"native"}}""", SpecChangeKind.Upgrade)]
    [InlineData("""{"spec":{"flinkConfiguration":{"web.timeout":"1 min"},"job":{"upgradeMode":"last-state"}}}""", SpecChangeKind.Upgrade)]
    [InlineData("""{"spec":{"restartNonce":1}}""", SpecChangeKind.Upgrade)]
    [InlineData("""{"spec":{"image":"x","job":{"savepointRedeployNonce":1}}}""", SpecChangeKind.SavepointRedeploy)]
    public void Classify_AChange_IsWhatTheOperatorWillDo(string patch, SpecChangeKind kind)
    {
        var change = SpecDiff.Classify(ManifestYaml.Parse(SpecFixtures.Good).Root, SpecFixtures.With(SpecFixtures.Good, patch));
        change.Kind.ShouldBe(kind, string.Join("; ", change.Fields.Select(f => f.Words)));
        change.Fields.Count.ShouldBe(kind == SpecChangeKind.None ? 0 : change.Fields.Count);
    }

    [Fact]
    public void Classify_ParallelismOfAStandaloneCluster_Scales()
    {
        var before = SpecFixtures.With(SpecFixtures.Good, """{"spec":{"mode":"standalone"}}""");
        var after = SpecFixtures.With(SpecFixtures.Good, """{"spec":{"mode":"standalone","job":{"parallelism":8}}}""");
        var change = SpecDiff.Classify(before, after);
        change.Kind.ShouldBe(SpecChangeKind.Scale);
        change.Fields.Single().Words.ShouldBe("job.parallelism: 4 → 8");
    }

    [Fact]
    public void Clean_ALiveObject_IsWhatAPersonWrote()
    {
        var live = SpecFixtures.With(SpecFixtures.Good, """
            {"status":{"x":1},"metadata":{"uid":"1","generation":3,"managedFields":[],"resourceVersion":"9","creationTimestamp":"t","finalizers":["flinkdeployments.flink.apache.org/finalizer"],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}}}
            """);
        JsonNode.DeepEquals(PipelineManifest.Clean(live), ManifestYaml.Parse(SpecFixtures.Good).Root).ShouldBeTrue();
        PipelineManifest.SemanticEquals(live, SpecFixtures.With(SpecFixtures.Good, """{"spec":{"flinkConfiguration":{"taskmanager.numberOfTaskSlots":null,"taskmanager":{"numberOfTaskSlots":2}}}}""")).ShouldBeTrue();
        PipelineManifest.SemanticEquals(live, SpecFixtures.With(SpecFixtures.Good, """{"spec":{"job":{"parallelism":5}}}""")).ShouldBeFalse();
    }
}
