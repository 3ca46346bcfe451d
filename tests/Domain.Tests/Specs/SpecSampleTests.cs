using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Specs;

public sealed class SpecSampleTests
{
    [Fact]
    public void Samples_All_ValidateWithoutError()
    {
        var seen = 0;
        foreach (var (name, document, schemas) in SpecFixtures.Samples())
        {
            var problems = SpecValidator.Validate(new SpecValidationInput(document.Root) { Schema = schemas[(string)document.Root["kind"]!], Ambiguous = document.Ambiguous });
            problems.Where(p => p.Severity == ProblemSeverity.Error).ShouldBeEmpty(name);
            seen++;
        }
        seen.ShouldBeGreaterThan(12);
    }

    [Fact]
    public void Samples_All_RoundTripWithoutADifference()
    {
        foreach (var (name, document, _) in SpecFixtures.Samples())
        {
            var back = ManifestYaml.Parse(ManifestYaml.ToText(document.Root)).Root;
            JsonNode.DeepEquals(back, document.Root).ShouldBeTrue(name);
            PipelineManifest.SemanticEquals(back, document.Root).ShouldBeTrue(name);
            SpecDiff.Classify(document.Root, back).Kind.ShouldBe(SpecChangeKind.None, name);
        }
    }

    [Fact]
    public void Samples_All_PassThroughTheFormUntouched()
    {
        foreach (var (name, document, _) in SpecFixtures.Samples())
        {
            var form = SpecForm.FromManifest(document.Root);
            JsonNode.DeepEquals(SpecForm.ToManifest(form, document.Root), document.Root).ShouldBeTrue(name);
            if ((string?)document.Root["kind"] == "FlinkDeployment" && document.Root["spec"]!["job"] is not null)
            {
                var rebuilt = SpecForm.FromManifest(SpecForm.ToManifest(form));
                rebuilt.Arguments.Concat(rebuilt.RunnerArguments).ShouldBe(form.Arguments.Concat(form.RunnerArguments), name);
                (rebuilt with { Arguments = [], RunnerArguments = [], ExtraConfiguration = [] }).ShouldBe(form with { Arguments = [], RunnerArguments = [], ExtraConfiguration = [] }, name);
            }
        }
    }

    [Fact]
    public void Samples_OneEditInTheText_LeavesEveryOtherLine()
    {
        foreach (var (name, document, _) in SpecFixtures.Samples().Where(s => s.Document.Root["spec"]!["job"] is not null))
        {
            if (ManifestYaml.ParseAll(document.Text).Count > 1) continue;
            var form = SpecForm.FromManifest(document.Root) with { Parallelism = "7" };
            var text = SpecForm.ToText(form, document.Text);
            ((int?)ManifestYaml.Parse(text).Root["spec"]!["job"]!["parallelism"]).ShouldBe(7, name);
            var (before, after) = (document.Text.Split('\n'), text.Split('\n'));
            after.Length.ShouldBe(before.Length, name);
            before.Zip(after).Count(l => l.First != l.Second).ShouldBe(1, name);
        }
    }

    [Fact]
    public void Validate_WholeSchema_IsFastEnoughForTyping()
    {
        var schema = SpecFixtures.Schemas("crds")["FlinkDeployment"];
        var input = new SpecValidationInput(ManifestYaml.Parse(SpecFixtures.Good).Root) { Schema = schema };
        SpecValidator.Validate(input).ShouldBeEmpty();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++) SpecValidator.Validate(input);
        (watch.Elapsed / 20).ShouldBeLessThan(TimeSpan.FromMilliseconds(100));
    }

    [Theory]
    [InlineData("""{"spec":{"job":{"paralelism":2}}}""", "spec.job.paralelism", "Did you mean parallelism")]
    [InlineData("""{"spec":{"job":{"parallelism":"2"}}}""", "spec.job.parallelism", "without quotes")]
    [InlineData("""{"spec":{"job":{"args":"--a"}}}""", "spec.job.args", "“- ”")]
    [InlineData("""{"spec":{"job":{"args":[1]}}}""", "spec.job.args[0]", "in quotes")]
    [InlineData("""{"spec":{"job":{"upgradeMode":"Savepoint"}}}""", "spec.job.upgradeMode", "Did you mean savepoint")]
    [InlineData("""{"spec":{"flinkVersion":"v9_9"}}""", "spec.flinkVersion", "Take one of them|Did you mean")]
    [InlineData("""{"spec":{"jobManager":[]}}""", "spec.jobManager", "“key: value”")]
    [InlineData("""{"spec":{"jobManager":{"replicas":1.5}}}""", "spec.jobManager.replicas", "value of that type")]
    [InlineData("""{"spec":{"jobManager":{"resources":{"requests":{"cpu":true}}}}}""", "spec.jobManager.resources.requests.cpu", "in quotes")]
    [InlineData("""{"spec":{"podTemplate":{"spec":{"containers":[{"name":"flink-main-container","imagePulPolicy":"Always"}]}}}}""", "spec.podTemplate.spec.containers[0].imagePulPolicy", "Did you mean imagePullPolicy")]
    [InlineData("""{"sepc":{}}""", "sepc", "Did you mean spec")]
    public void Validate_AgainstTheInstalledSchema_NamesTheField(string patch, string path, string fix)
    {
        var manifest = SpecFixtures.With(SpecFixtures.Good, patch);
        var problem = SpecValidator.Validate(new SpecValidationInput(manifest) { Schema = SpecFixtures.Schemas("crds")["FlinkDeployment"] }).First(p => p.Source == RuleSource.Schema);
        problem.Path.ShouldBe(path);
        problem.Severity.ShouldBe(ProblemSeverity.Error);
        fix.Split('|').ShouldContain(f => problem.Fix.Contains(f, StringComparison.Ordinal), problem.Fix);
    }

    [Fact]
    public void Validate_ResourcesOnAnOldOperator_SaysThatItDoesNotKnowThem()
    {
        var manifest = SpecFixtures.With(SpecFixtures.Good, """{"spec":{"jobManager":{"resource":null,"resources":{"requests":{"memory":"2Gi"}}}}}""");
        SpecValidator.Validate(new SpecValidationInput(manifest) { Schema = SpecFixtures.Schemas("cluster", "crds-operator-1.7")["FlinkDeployment"] })
            .ShouldContain(p => p.Path == "spec.jobManager.resources" && p.Severity == ProblemSeverity.Error && p.Source == RuleSource.Schema);
    }

    [Fact]
    public void Validate_NullsEverywhere_NamesEachAndNeverThrows()
    {
        var schema = SpecFixtures.Schemas("crds")["FlinkDeployment"];
        var good = ManifestYaml.Parse(SpecFixtures.Good).Root;
        foreach (var path in ManifestYamlTests.Paths(good))
        {
            var manifest = ManifestYaml.Parse(SpecFixtures.Good).Root;
            var parent = SpecPath.Find(manifest, SpecPath.Parent(path))!;
            if (SpecPath.Split(path)[^1] is int index) parent.AsArray()[index] = null;
            else parent[(string)SpecPath.Split(path)[^1]] = null;
            var problems = SpecValidator.Validate(new SpecValidationInput(manifest) { Schema = schema });
            SpecForm.ToManifest(SpecForm.FromManifest(manifest), manifest).ToJsonString().ShouldBe(manifest.ToJsonString());
            ManifestYaml.Parse(ManifestYaml.ToText(manifest)).Root.ToJsonString().Length.ShouldBe(manifest.ToJsonString().Length);
            if (path.StartsWith("spec.", StringComparison.Ordinal) && !path.StartsWith("spec.flinkConfiguration", StringComparison.Ordinal))
                problems.ShouldContain(p => p.Path == path && p.Message.Contains("null", StringComparison.Ordinal), path);
        }
    }
}
