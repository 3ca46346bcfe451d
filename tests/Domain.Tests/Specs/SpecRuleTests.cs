using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Specs;

public sealed class SpecRuleTests
{
    [Fact]
    public void Validate_GoodManifests_HaveNoProblem()
    {
        foreach (var yaml in new[] { SpecFixtures.Good, SpecFixtures.SessionJob, SpecFixtures.Snapshot })
            SpecValidator.Validate(new SpecValidationInput(ManifestYaml.Parse(yaml).Root)).ShouldBeEmpty(yaml);
    }

    [Theory]
    [InlineData("1", """{"metadata":{"name":"Basket_1"}}""", "metadata.name")]
    [InlineData("1", """{"metadata":{"name":"a123456789012345678901234567890123456789012345"}}""", "metadata.name")]
    [InlineData("1", """{"metadata":{"name":"basket\n"}}""", "metadata.name")]
    [InlineData("1", """{"metadata":{"name":"1basket"}}""", "metadata.name")]
    [InlineData("2", """{"spec":{"flinkVersion":null}}""", "spec.flinkVersion")]
    [InlineData("3", """{"spec":{"flinkVersion":"v1_14"}}""", "spec.flinkVersion")]
    [InlineData("5", """{"spec":{"flinkConfiguration":{"kubernetes.cluster-id":"x"}}}""", "spec.flinkConfiguration[kubernetes.cluster-id]")]
    [InlineData("5", """{"spec":{"flinkConfiguration":{"kubernetes":{"namespace":"x"}}}}""", "spec.flinkConfiguration.kubernetes.namespace")]
    [InlineData("5", """{"spec":{"flinkConfiguration":{"high-availability.cluster-id":"x"}}}""", "spec.flinkConfiguration[high-availability.cluster-id]")]
    [InlineData("6", """{"spec":{"flinkConfiguration":{"high-availability.type":null,"kubernetes.operator.deployment.rollback.enabled":true}}}""", "spec.flinkConfiguration[kubernetes.operator.deployment.rollback.enabled]")]
    [InlineData("7", """{"spec":{"flinkConfiguration":{"kubernetes.operator.cluster.health-check.enabled":"true","kubernetes.operator.jm-deployment-recovery.enabled":"false"}}}""", "spec.flinkConfiguration[kubernetes.operator.cluster.health-check.enabled]")]
    [InlineData("8", """{"spec":{"ingress":{"className":"nginx"}}}""", "spec.ingress.template")]
    [InlineData("9", """{"spec":{"ingress":{"template":"{{name}}.flink:port"}}}""", "spec.ingress.template")]
    [InlineData("9", """{"spec":{"ingress":{"template":"gopher://{{name}}"}}}""", "spec.ingress.template")]
    [InlineData("10", """{"spec":{"logConfiguration":{"log4j.properties":"x"}}}""", "spec.logConfiguration[log4j.properties]")]
    [InlineData("11", """{"spec":{"flinkConfiguration":{"execution.checkpointing.dir":null}}}""", "spec.flinkConfiguration[execution.checkpointing.dir]")]
    [InlineData("12", """{"spec":{"flinkConfiguration":{"execution.checkpointing.savepoint-dir":null}}}""", "spec.flinkConfiguration[execution.checkpointing.savepoint-dir]")]
    [InlineData("13", """{"spec":{"job":{"savepointTriggerNonce":0},"flinkConfiguration":{"execution.checkpointing.savepoint-dir":null}}}""", "spec.job.savepointTriggerNonce")]
    [InlineData("14", """{"spec":{"flinkConfiguration":{"execution.checkpointing.savepoint-dir":null,"kubernetes.operator.periodic.savepoint.interval":""}}}""", "spec.flinkConfiguration[kubernetes.operator.periodic.savepoint.interval]")]
    [InlineData("15", """{"spec":{"flinkConfiguration":{"execution.checkpointing.savepoint-dir":null,"kubernetes.operator.job.upgrade.last-state.max.allowed.checkpoint.age":"1 h"}}}""", "spec.flinkConfiguration[kubernetes.operator.job.upgrade.last-state.max.allowed.checkpoint.age]")]
    [InlineData("16", """{"spec":{"taskManager":{"replicas":0}}}""", "spec.taskManager.replicas")]
    [InlineData("17", """{"spec":{"job":{"parallelism":0}}}""", "spec.job.parallelism")]
    [InlineData("17", """{"spec":{"job":{"parallelism":null}}}""", "spec.job.parallelism")]
    [InlineData("18", """{"spec":{"jobManager":null}}""", "spec.jobManager.resource.memory")]
    [InlineData("19", """{"spec":{"jobManager":{"resource":{"memory":"4 gig"}}}}""", "spec.jobManager.resource.memory")]
    [InlineData("19", """{"spec":{"jobManager":{"resource":{"ephemeralStorage":"lots"}}}}""", "spec.jobManager.resource.ephemeralStorage")]
    [InlineData("20", """{"spec":{"jobManager":{"resources":{"requests":{"cpu":"0"}}}}}""", "spec.jobManager.resources.requests.cpu")]
    [InlineData("20", """{"spec":{"jobManager":{"resources":{"requests":{"memory":"4Gi"},"limits":{"memory":"2Gi"}}}}}""", "spec.jobManager.resources.requests.memory")]
    [InlineData("20", """{"spec":{"jobManager":{"resources":{"limits":{"nvidia.com/gpu":"-1"}}}}}""", "spec.jobManager.resources.limits[nvidia.com/gpu]")]
    [InlineData("20", """{"spec":{"jobManager":{"resources":{"requests":{"cpu":"many"}}}}}""", "spec.jobManager.resources.requests.cpu")]
    [InlineData("21", """{"spec":{"jobManager":{"replicas":0}}}""", "spec.jobManager.replicas")]
    [InlineData("22", """{"spec":{"jobManager":{"replicas":2},"flinkConfiguration":{"high-availability.type":"NONE"}}}""", "spec.jobManager.replicas")]
    [InlineData("23", """{"spec":{"taskManager":null}}""", "spec.taskManager.resource.memory")]
    [InlineData("23", """{"spec":{"taskManager":{"resource":{"memory":"4 gig"}}}}""", "spec.taskManager.resource.memory")]
    [InlineData("23", """{"spec":{"taskManager":{"resources":{"limits":{"memory":"0"}}}}}""", "spec.taskManager.resources.limits.memory")]
    [InlineData("23", """{"spec":{"job":null,"taskManager":{"replicas":0}}}""", "spec.taskManager.replicas")]
    [InlineData("27", """{"spec":{"serviceAccount":null}}""", "spec.serviceAccount")]
    [InlineData("28", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":true,"job.autoscaler.scale-down.max-factor":-1}}}""", "spec.flinkConfiguration[job.autoscaler.scale-down.max-factor]")]
    [InlineData("28", """{"spec":{"flinkConfiguration":{"job":{"autoscaler":{"enabled":true,"utilization.target":1.5}}}}}""", "spec.flinkConfiguration.job.autoscaler[utilization.target]")]
    [InlineData("28", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.utilization.target":"0.8","job.autoscaler.utilization.max":"0.7"}}}""", "spec.flinkConfiguration[job.autoscaler.utilization.max]")]
    [InlineData("28", """{"spec":{"flinkConfiguration":{"kubernetes.operator.job.autoscaler.enabled":"true","kubernetes.operator.job.autoscaler.utilization.min":"0.9"}}}""", "spec.flinkConfiguration[kubernetes.operator.job.autoscaler.utilization.min]")]
    [InlineData("28", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.memory.tuning.enabled":"true","job.autoscaler.memory.tuning.overhead":"2"}}}""", "spec.flinkConfiguration[job.autoscaler.memory.tuning.overhead]")]
    [InlineData("28", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.scale-up.max-factor":"NaN"}}}""", "spec.flinkConfiguration[job.autoscaler.scale-up.max-factor]")]
    [InlineData("29", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.excluded.periods":"late"}}}""", "spec.flinkConfiguration[job.autoscaler.excluded.periods]")]
    [InlineData("29", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.excluded.periods":"01:00:00-02:00:00 && 03:00:00-04:00:00"}}}""", "spec.flinkConfiguration[job.autoscaler.excluded.periods]")]
    [InlineData("30", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.metrics.window":"10 s"}}}""", "spec.flinkConfiguration[job.autoscaler.metrics.window]")]
    public void Validate_DeploymentThatBreaksARule_NamesFieldRuleAndWhatToDo(string rule, string patch, string path) =>
        Broken(SpecFixtures.With(SpecFixtures.Good, patch), rule, path);

    [Theory]
    [InlineData("""{"metadata":{"name":"a12345678901234567890123456789012345678901234"}}""")]
    [InlineData("""{"metadata":{"name":"b"}}""")]
    [InlineData("""{"spec":{"flinkVersion":"v2_3"}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"kubernetes.operator.deployment.rollback.enabled":true}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"kubernetes.operator.cluster.health-check.enabled":true}}}""")]
    [InlineData("""{"spec":{"ingress":{"template":"/{{NAMESPACE}}/{{name}}(/|$)(.*)"}}}""")]
    [InlineData("""{"spec":{"ingress":{"template":"{{name}}.{{namespace}}.flink.k8s.io"}}}""")]
    [InlineData("""{"spec":{"logConfiguration":{"logback-console.xml":"x"}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"execution.checkpointing.dir":null,"state":{"checkpoints.dir":"s3://x"}}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"execution.checkpointing.savepoint-dir":null,"state.savepoints.dir":"s3://x"}}}""")]
    [InlineData("""{"spec":{"job":{"savepointTriggerNonce":3}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"kubernetes.operator.periodic.savepoint.interval":"1 h","kubernetes.operator.job.upgrade.last-state.max.allowed.checkpoint.age":"1 h"}}}""")]
    [InlineData("""{"spec":{"taskManager":{"replicas":2},"job":{"parallelism":null}}}""")]
    [InlineData("""{"spec":{"jobManager":null,"flinkConfiguration":{"jobmanager.memory.process.size":"1g"}}}""")]
    [InlineData("""{"spec":{"taskManager":null,"flinkConfiguration":{"taskmanager.memory":{"task.heap.size":"1g","managed.size":"1g"}}}}""")]
    [InlineData("""{"spec":{"jobManager":{"resource":{"memory":"2 GB","ephemeralStorage":"2Gi"}}}}""")]
    [InlineData("""{"spec":{"jobManager":{"resource":null,"resources":{"requests":{"memory":"2Gi","cpu":"500m","ephemeral-storage":"0"},"limits":{"memory":"2Gi","cpu":1}}}}}""")]
    [InlineData("""{"spec":{"jobManager":{"replicas":2}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"job.autoscaler.utilization.target":"7"}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.utilization.target":"0.6","job.autoscaler.utilization.max":"0.8","job.autoscaler.utilization.min":"0.3","job.autoscaler.memory.tuning.overhead":"2"}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.excluded.periods":"* * 9-11,14-16 * * ?;22:00:00-23:00:00 && * * * ? * SAT"}}}""")]
    [InlineData("""{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.metrics.window":"3 min"}}}""")]
    public void Validate_DeploymentThatKeepsTheRules_HasNoProblem(string patch) =>
        SpecValidator.Validate(new SpecValidationInput(SpecFixtures.With(SpecFixtures.Good, patch))).ShouldBeEmpty();

    [Theory]
    [InlineData("session job", """{"spec":{"deploymentName":null}}""", "spec.deploymentName")]
    [InlineData("session job", """{"spec":{"deploymentName":"A b"}}""", "spec.deploymentName")]
    [InlineData("session job", """{"spec":{"job":null}}""", "spec.job")]
    [InlineData("session job", """{"spec":{"job":{"jarURI":"a b"}}}""", "spec.job.jarURI")]
    [InlineData("session job", """{"spec":{"job":{"jarURI":"/opt/a.jar"}}}""", "spec.job.jarURI")]
    [InlineData("session job", """{"spec":{"job":{"jarURI":"https:///a.jar"}}}""", "spec.job.jarURI")]
    [InlineData("session job", """{"spec":{"job":{"jarURI":"https://127.0.0.1/a.jar"}}}""", "spec.job.jarURI")]
    [InlineData("session job", """{"spec":{"job":{"jarURI":"https://[::ffff:10.0.0.1]/a.jar"}}}""", "spec.job.jarURI")]
    [InlineData("11", """{"spec":{"flinkConfiguration":{"execution.checkpointing.dir":null}}}""", "spec.flinkConfiguration[execution.checkpointing.dir]")]
    [InlineData("12", """{"spec":{"flinkConfiguration":{"execution.checkpointing.savepoint-dir":null}}}""", "spec.flinkConfiguration[execution.checkpointing.savepoint-dir]")]
    [InlineData("17", """{"spec":{"job":{"parallelism":0}}}""", "spec.job.parallelism")]
    [InlineData("28", """{"spec":{"flinkConfiguration":{"job.autoscaler.enabled":"true","job.autoscaler.utilization.target":"2"}}}""", "spec.flinkConfiguration[job.autoscaler.utilization.target]")]
    public void Validate_SessionJobThatBreaksARule_NamesFieldAndRule(string rule, string patch, string path) =>
        Broken(SpecFixtures.With(SpecFixtures.SessionJob, patch), rule, path,
            i => i with { SessionCluster = SpecFixtures.With(SpecFixtures.Good, """{"spec":{"job":null,"flinkConfiguration":null}}""") });

    [Fact]
    public void Validate_SessionJobWhoseClusterIsNotKnown_IsNotBlamedForItsDirectories() =>
        SpecValidator.Validate(new SpecValidationInput(SpecFixtures.With(SpecFixtures.SessionJob, """{"spec":{"flinkConfiguration":null}}"""))).ShouldNotContain(p => p.Severity == ProblemSeverity.Error);

    [Fact]
    public void Validate_SessionJobOnAnApplication_IsRefused() =>
        Broken(ManifestYaml.Parse(SpecFixtures.SessionJob).Root, "session job", "spec.deploymentName", i => i with { SessionCluster = ManifestYaml.Parse(SpecFixtures.Good).Root });

    [Fact]
    public void Validate_SessionJobMovedToAnotherCluster_IsRefused() =>
        Broken(SpecFixtures.With(SpecFixtures.SessionJob, """{"spec":{"deploymentName":"other"}}"""), "session job", "spec.deploymentName", i => i with { Previous = ManifestYaml.Parse(SpecFixtures.SessionJob).Root });

    [Fact]
    public void Validate_SessionJobWithTheClustersDirectories_HasNoError() =>
        SpecValidator.Validate(new SpecValidationInput(SpecFixtures.With(SpecFixtures.SessionJob, """{"spec":{"flinkConfiguration":null}}"""))
        {
            SessionCluster = SpecFixtures.With(SpecFixtures.Good, """{"spec":{"job":null}}"""),
        }).ShouldBeEmpty();

    [Fact]
    public void Validate_JarFromAnotherScheme_IsOnlyACaution() =>
        SpecValidator.Validate(new SpecValidationInput(SpecFixtures.With(SpecFixtures.SessionJob, """{"spec":{"job":{"jarURI":"file:///a.jar"}}}"""))).Single().Severity.ShouldBe(ProblemSeverity.Caution);

    [Theory]
    [InlineData("""{"spec":{"checkpoint":{}}}""", "spec")]
    [InlineData("""{"spec":{"savepoint":null}}""", "spec")]
    [InlineData("""{"spec":{"jobReference":null}}""", "spec.jobReference")]
    public void Validate_SnapshotThatBreaksARule_NamesField(string patch, string path) => Broken(SpecFixtures.With(SpecFixtures.Snapshot, patch), "snapshot", path);

    [Fact]
    public void Validate_SnapshotOfNoJob_IsRefusedUnlessItIsThereAlready()
    {
        Broken(ManifestYaml.Parse(SpecFixtures.Snapshot).Root, "snapshot", "spec.jobReference.name", i => i with { TargetExists = false });
        var there = SpecFixtures.With(SpecFixtures.Snapshot, """{"spec":{"jobReference":null,"savepoint":{"alreadyExists":true,"path":"s3://x"}}}""");
        SpecValidator.Validate(new SpecValidationInput(there) { TargetExists = false }).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("4", """{"spec":{"job":{"state":"suspended","upgradeMode":"last-state"}}}""", """{"spec":{"flinkVersion":"v2_0"}}""", "spec.flinkVersion")]
    [InlineData("24", """{"spec":{"job":null}}""", "{}", "spec.job")]
    [InlineData("24", "{}", """{"spec":{"job":null}}""", "spec.job")]
    [InlineData("25", "{}", """{"spec":{"mode":"standalone"}}""", "spec.mode")]
    [InlineData("26", "{}", """{"spec":{"job":{"savepointRedeployNonce":1}}}""", "spec.job.initialSavepointPath")]
    public void Validate_ChangeThatBreaksARule_NamesFieldAndRule(string rule, string before, string after, string path) =>
        Broken(SpecFixtures.With(SpecFixtures.Good, after), rule, path, i => i with { Previous = SpecFixtures.With(SpecFixtures.Good, before) });

    [Theory]
    [InlineData("""{"spec":{"job":{"state":"suspended","upgradeMode":"savepoint"}}}""", """{"spec":{"flinkVersion":"v2_0"}}""")]
    [InlineData("""{"spec":{"mode":"native"}}""", "{}")]
    [InlineData("""{"spec":{"job":{"savepointRedeployNonce":1}}}""", """{"spec":{"job":{"savepointRedeployNonce":1}}}""")]
    [InlineData("{}", """{"spec":{"job":{"savepointRedeployNonce":2,"initialSavepointPath":"s3://x"}}}""")]
    public void Validate_ChangeThatKeepsTheRules_HasNoProblem(string before, string after) =>
        SpecValidator.Validate(new SpecValidationInput(SpecFixtures.With(SpecFixtures.Good, after)) { Previous = SpecFixtures.With(SpecFixtures.Good, before) }).ShouldBeEmpty();

    [Fact]
    public void Validate_ChangeRules_CompareWithWhatTheOperatorLastWorkedOn()
    {
        var previous = ManifestYaml.Parse(SpecFixtures.Good).Root;
        var reconciled = new JsonObject { ["spec"] = SpecFixtures.With(SpecFixtures.Good, """{"spec":{"mode":"standalone"}}""")["spec"]!.DeepClone() };
        previous["status"] = new JsonObject { ["reconciliationStatus"] = new JsonObject { ["lastReconciledSpec"] = reconciled.ToJsonString() } };
        Broken(ManifestYaml.Parse(SpecFixtures.Good).Root, "25", "spec.mode", i => i with { Previous = previous });
    }

    [Theory]
    [InlineData("""{"spec":{"job":{"upgradeMode":null}}}""", "spec.job.upgradeMode", "empty state")]
    [InlineData("""{"spec":{"job":{"upgradeMode":"last-state"},"flinkConfiguration":{"high-availability.type":null}}}""", "spec.job.upgradeMode", "without high availability")]
    [InlineData("""{"spec":{"flinkConfiguration":{"high-availability.storageDir":null}}}""", "spec.flinkConfiguration[high-availability.storageDir]", "directory")]
    [InlineData("""{"spec":{"podTemplate":{"spec":{"containers":[{"name":"main"}]}}}}""", "spec.podTemplate.spec.containers[0].name", "flink-main-container")]
    [InlineData("""{"spec":{"imagePullPolicy":"ifnotpresent"}}""", "spec.imagePullPolicy", "IfNotPresent")]
    [InlineData("""{"spec":{"flinkConfiguration":{"kubernetes.operator.periodic.savepoint.intervall":"1 h"}}}""", "spec.flinkConfiguration[kubernetes.operator.periodic.savepoint.intervall]", "kubernetes.operator.periodic.savepoint.interval")]
    [InlineData("""{"spec":{"flinkConfiguration":{"kubernetes.operator.reconcile.interval":"10 s"}}}""", "spec.flinkConfiguration[kubernetes.operator.reconcile.interval]", "does nothing")]
    [InlineData("""{"spec":{"taskManager":{"resource":null,"resources":{"requests":{"memory":"2048m"}}}}}""", "spec.taskManager.resources.requests.memory", "2048Mi")]
    [InlineData("""{"spec":{"taskManager":{"resource":null,"resources":{"requests":{"memory":"2048m"},"limits":{"memory":"4Gi"}}}}}""", "spec.taskManager.resources.limits.memory", "different units")]
    [InlineData("""{"spec":{"ingress":{"template":"{{nope}}.flink"}}}""", "spec.ingress.template", "placeholder")]
    [InlineData("""{"spec":{"image":"flink:latest"}}""", "spec.image", "no fixed tag")]
    [InlineData("""{"spec":{"image":"flink 1"}}""", "spec.image", "space")]
    [InlineData("""{"spec":{"flinkVersion":"v1_17"}}""", "spec.flinkVersion", "not for long")]
    [InlineData("""{"spec":{"flinkConfiguration":{"kubernetes.operator.job.drain-on-savepoint-deletion":"true"}}}""", "spec.flinkConfiguration[kubernetes.operator.job.drain-on-savepoint-deletion]", "windows fire")]
    [InlineData("""{"spec":{"flinkConfiguration":{"execution.checkpointing.interval":"soon"}}}""", "spec.flinkConfiguration[execution.checkpointing.interval]", "no duration")]
    [InlineData("""{"spec":{"flinkConfiguration":{"execution.checkpointing.interval":60}}}""", "spec.flinkConfiguration[execution.checkpointing.interval]", "milliseconds")]
    [InlineData("""{"spec":{"taskManager":{"replicas":3}}}""", "spec.taskManager.replicas", "ignored")]
    [InlineData("""{"spec":{"job":{"jarURI":"/opt/a.jar"}}}""", "spec.job.jarURI", "local://")]
    [InlineData("""{"spec":{"job":{"args":["--runner=FlinkRunner","--checkpointingInterval=60000"]}}}""", "spec.job.args", "--attachedMode=false")]
    [InlineData("""{"spec":{"job":{"args":["--runner=FlinkRunner","--attachedMode=false"]}}}""", "spec.job.args", "--checkpointingInterval=60000")]
    [InlineData("""{"spec":{"job":{"args":["--runner=FlinkRunner","--attachedMode=false","--checkpointingInterval=5"]}}}""", "spec.job.args[2]", "same value")]
    [InlineData("""{"spec":{"job":{"args":["--runner=FlinkRunner","--attachedMode=false","--checkpointingInterval=60000","--parallelism=3"]}}}""", "spec.job.args[3]", "Wins over")]
    [InlineData("""{"metadata":{"namespace":"Orders"}}""", "metadata.namespace", "lower-case")]
    [InlineData("""{"metadata":{"name":null}}""", "metadata.name", "no name")]
    [InlineData("""{"metadata":{"labels":{"a b":"x"}}}""", "metadata.labels[a b]", "label")]
    [InlineData("""{"metadata":{"labels":{"version":2}}}""", "metadata.labels.version", "quotes")]
    [InlineData("""{"metadata":{"labels":{"v":"a b"}}}""", "metadata.labels.v", "annotation")]
    [InlineData("""{"metadata":{"annotations":{"x":true}}}""", "metadata.annotations.x", "quotes")]
    [InlineData("""{"kind":"FlinkDeploymnet"}""", "kind", "Did you mean FlinkDeployment")]
    [InlineData("""{"apiVersion":"v1"}""", "apiVersion", "flink.apache.org/v1beta1")]
    [InlineData("""{"spec":null}""", "spec", "missing")]
    public void Validate_WhatNobodyElseChecks_IsSaid(string patch, string path, string words)
    {
        var problems = SpecValidator.Validate(new SpecValidationInput(SpecFixtures.With(SpecFixtures.Good, patch)));
        problems.ShouldContain(p => p.Path == path && (p.Message + " " + p.Fix).Contains(words, StringComparison.Ordinal), string.Join("\n", problems));
    }

    private static void Broken(JsonObject manifest, string rule, string path, Func<SpecValidationInput, SpecValidationInput>? with = null)
    {
        var input = new SpecValidationInput(manifest);
        var problems = SpecValidator.Validate(with is null ? input : with(input));
        var problem = problems.FirstOrDefault(p => p.Source == RuleSource.Operator(rule) && p.Path == path);
        problem.ShouldNotBeNull(string.Join("\n", problems));
        problem.Severity.ShouldBe(ProblemSeverity.Error);
        problem.Message.ShouldNotBeNullOrWhiteSpace();
        problem.Fix.ShouldNotBeNullOrWhiteSpace();
        problem.Original.ShouldNotBeNullOrWhiteSpace();
    }
}
