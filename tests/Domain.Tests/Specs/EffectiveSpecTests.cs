using Shouldly;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Specs;

public sealed class EffectiveSpecTests
{
    private static readonly OrganisationDefaults Defaults = new(
    [
        new DefaultSet(DefaultLevel.Team, "orders", [new(SpecPath.Flink("state.backend.type"), "rocksdb"), new("spec.serviceAccount", "orders-flink"), new(SpecPath.Flink("high-availability.type"), "NONE")]),
        new DefaultSet(DefaultLevel.Team, "rides", [new("spec.image", "not-mine:1")]),
        new DefaultSet(DefaultLevel.Organisation, "",
        [
            new(SpecPath.Flink("execution.checkpointing.dir"), "s3://flink-{cluster}/{team}/{name}/ckpt"),
            new(SpecPath.Flink("high-availability.type"), "kubernetes", true),
            new("spec.serviceAccount", "flink"),
            new("spec.image", "flink:1.20"),
            new("spec.podTemplate", "spec:\n  containers:\n    - name: flink-main-container\n"),
            new("spec.jobManager.replicas", "1"),
        ]),
        new DefaultSet(DefaultLevel.Cluster, "eu", [new(SpecPath.Flink("kubernetes.operator.job.upgrade.last-state-fallback.enabled"), "false", true)]),
    ]);

    private static readonly EffectiveSpecContext Context = new("orders", "eu", "1.15.0", new Dictionary<string, string?> { ["kubernetes.operator.jm-deployment.shutdown-ttl"] = "1 h" });

    [Fact]
    public void Compute_ShortManifest_IsFilledAndSaysFromWhere()
    {
        var manifest = ManifestYaml.Parse("""
            apiVersion: flink.apache.org/v1beta1
            kind: FlinkDeployment
            metadata: {name: basket, namespace: orders-prod}
            spec:
              image: mine:2
              flinkVersion: v1_20
              flinkConfiguration: {high-availability: NONE, state: {checkpoints.dir: "s3://own"}}
              job: {parallelism: 40, args: [--a, b c]}
            """).Root;
        var effective = EffectiveSpec.Compute(manifest, Defaults, Context);
        EffectiveValue Row(string key) => effective.Values.Single(v => v.Key == key);
        (Row("image").Value, Row("image").Origin).ShouldBe(("mine:2", "you"));
        (Row("job.parallelism").Value, Row("job.parallelism").Origin, Row("job.args").Value).ShouldBe(("40", "you", "--a 'b c'"));
        (Row("state.backend.type").Value, Row("state.backend.type").Origin).ShouldBe(("rocksdb", "team orders"));
        (Row("serviceAccount").Value, Row("serviceAccount").Origin).ShouldBe(("orders-flink", "team orders"));
        (Row("state.checkpoints.dir").Value, Row("state.checkpoints.dir").Origin).ShouldBe(("s3://own", "you"));
        (Row("high-availability").Value, Row("high-availability").Origin, Row("high-availability").Note).ShouldBe(("kubernetes", "organisation", "enforced; you wrote NONE"));
        (Row("podTemplate.spec.containers[0].name").Origin).ShouldBe("organisation");
        (Row("kubernetes.operator.job.upgrade.last-state-fallback.enabled").Origin).ShouldBe("cluster eu");
        (Row("kubernetes.operator.jm-deployment.shutdown-ttl").Value, Row("kubernetes.operator.jm-deployment.shutdown-ttl").Origin).ShouldBe(("1 h", "operator 1.15.0"));
        Row("kubernetes.operator.jm-deployment.shutdown-ttl").Note.ShouldContain("1 d");
        (Row("execution.checkpointing.timeout").Origin, Row("execution.checkpointing.timeout").Sent).ShouldBe(("Flink 1.20", false));
        (Row("job.upgradeMode").Value, Row("job.upgradeMode").Sent).ShouldBe(("stateless", false));
        effective.Problems.Single().Path.ShouldBe("spec.flinkConfiguration[high-availability.type]");
        ((int)effective.Manifest["spec"]!["jobManager"]!["replicas"]!).ShouldBe(1);
        effective.Values.Select(v => v.Key).ShouldBeUnique();
        effective.YourCount.ShouldBe(effective.Values.Count(v => v.Origin == "you"));
        manifest["spec"]!["serviceAccount"].ShouldBeNull("the person's manifest stays as it is");
    }

    [Fact]
    public void Compute_DirectoryFromATemplate_SaysSoAndWaitsForTheName()
    {
        var effective = EffectiveSpec.Compute(SpecFixtures.With(SpecFixtures.Good, """{"spec":{"flinkConfiguration":{"execution.checkpointing.dir":null}}}"""), Defaults, Context);
        var row = effective.Values.Single(v => v.Key == "execution.checkpointing.dir");
        (row.Value, row.Origin, row.Note).ShouldBe(("s3://flink-eu/orders/basket/ckpt", "organisation", "from a template"));
        var unnamed = EffectiveSpec.Compute(SpecFixtures.With(SpecFixtures.Good, """{"metadata":{"name":null},"spec":{"flinkConfiguration":{"execution.checkpointing.dir":null}}}"""), Defaults, Context);
        unnamed.Values.ShouldNotContain(v => v.Key == "execution.checkpointing.dir");
        unnamed.Problems.ShouldContain(p => p.Message.Contains("needs the name", StringComparison.Ordinal));
    }
}
