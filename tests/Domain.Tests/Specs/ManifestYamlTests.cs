using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Specs;

public sealed class ManifestYamlTests
{
    [Theory]
    [InlineData("2", "2")]
    [InlineData("\"2\"", "\"2\"")]
    [InlineData("'2'", "\"2\"")]
    [InlineData("1.10", "1.10")]
    [InlineData("+5", "5")]
    [InlineData("-.5", "-0.5")]
    [InlineData("1.", "1")]
    [InlineData("1e3", "1e3")]
    [InlineData("12345678901234567890123", "12345678901234567890123")]
    [InlineData("0644", "420")]
    [InlineData("0o17", "15")]
    [InlineData("0x1F", "31")]
    [InlineData("08", "8")]
    [InlineData("true", "true")]
    [InlineData("False", "false")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("on", "\"on\"")]
    [InlineData("n", "\"n\"")]
    [InlineData("~", "null")]
    [InlineData("", "null")]
    [InlineData("null", "null")]
    [InlineData("\"\"", "\"\"")]
    [InlineData("1_000", "\"1_000\"")]
    [InlineData("12:30:00", "\"12:30:00\"")]
    [InlineData("2026-11-21", "\"2026-11-21\"")]
    [InlineData("123e456789", "\"123e456789\"")]
    [InlineData("4 gig", "\"4 gig\"")]
    [InlineData("local:///opt/a.jar", "\"local:///opt/a.jar\"")]
    [InlineData("{a: [1, x]}", "{\"a\":[1,\"x\"]}")]
    [InlineData("!!str 12", "\"12\"")]
    [InlineData("! 12", "\"12\"")]
    public void Parse_Scalar_HasTheMeaningOfKubernetes(string yaml, string json) =>
        JsonText(ManifestYaml.Parse("v: " + yaml + "\n").Root["v"]).ShouldBe(json);

    [Fact]
    public void Parse_MultiLineTexts_KeepTheirLines()
    {
        var root = ManifestYaml.Parse("lit: |\n  a\n   b\n\nkeep: |+\n  x\n\nstrip: |-\n  y\nfold: >\n  p\n  q\nquoted: \"one \\\n  two\"\n").Root;
        ((string?)root["lit"]).ShouldBe("a\n b\n");
        ((string?)root["keep"]).ShouldBe("x\n\n");
        ((string?)root["strip"]).ShouldBe("y");
        ((string?)root["fold"]).ShouldBe("p q\n");
        ((string?)root["quoted"]).ShouldBe("one two");
    }

    [Theory]
    [InlineData("a: 1\nb: [1, 2", 2, "not closed")]
    [InlineData("a:\n\tb: 1", 2, "tab")]
    [InlineData("a: b: c", 1, "cannot stand here")]
    [InlineData("a: 1\n b: 2", 2, "cannot stand here|indentation")]
    [InlineData("a: \"x", 1, "never closed|quote")]
    [InlineData("a: 1\nb: 2\na: 3", 3, "second time; the first is on line 1")]
    [InlineData("a: &x 1\nb: *x", 1, "anchor")]
    [InlineData("a: *x", 1, "alias")]
    [InlineData("<<: {a: 1}", 1, "Merge keys")]
    [InlineData("a: !!binary aGk=", 1, "tag")]
    [InlineData("a: !!js/function 1", 1, "tag")]
    [InlineData("a: .nan", 1, "number")]
    [InlineData("- a", 1, "list")]
    [InlineData("just words", 1, "single value")]
    [InlineData("", 1, "no manifest")]
    [InlineData("# only a comment\n", 1, "no manifest")]
    [InlineData("a: {{name}}", 1, "placeholder")]
    [InlineData("a: 1\nb: \0", 2, "U+0000")]
    [InlineData("a: 1\n---\nb: 2\n---\nc: 3", 3, "3 manifests")]
    [InlineData("a: \"\\q\"", 1, "escape|backslash")]
    [InlineData("a: @b", 1, "quotes")]
    public void Parse_Malformed_SaysLineAndWhatToDo(string yaml, int line, string words)
    {
        ManifestYaml.TryParse(yaml, out _, out var error).ShouldBeFalse();
        error!.Line.ShouldBe(line, error.Message);
        error.Column.ShouldBeGreaterThan(0);
        words.Split('|').ShouldContain(w => error.Problem.Contains(w, StringComparison.OrdinalIgnoreCase), error.Problem);
    }

    [Fact]
    public void Parse_BillionLaughs_IsRefusedAtOnce()
    {
        var yaml = new StringBuilder("a0: &a0 [x, x]\n");
        for (var i = 1; i < 40; i++) yaml.Append('a').Append(i).Append(": &a").Append(i).Append(" [*a").Append(i - 1).Append(", *a").Append(i - 1).Append("]\n");
        var watch = Stopwatch.StartNew();
        ManifestYaml.TryParse(yaml.ToString(), out _, out var error).ShouldBeFalse();
        error!.Problem.ShouldContain("anchor");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    public void Parse_TooDeep_IsRefusedAtOnce(string open, string close)
    {
        var yaml = "v: " + string.Concat(Enumerable.Repeat(open, 100_000)) + string.Concat(Enumerable.Repeat(close, 100_000));
        ManifestYaml.TryParse(yaml, out _, out var error).ShouldBeFalse();
        error!.Problem.ShouldContain("deeper than 64");
    }

    [Fact]
    public void Parse_TooLarge_IsRefused()
    {
        ManifestYaml.TryParse("a: " + new string('x', ManifestYaml.MaxBytes), out _, out var error).ShouldBeFalse();
        error!.Problem.ShouldContain("3 MiB");
    }

    [Fact]
    public void Parse_OneMegabyteManifest_RoundTripsInTime()
    {
        var env = new JsonArray();
        while (env.Count < 12_000) env.Add(new JsonObject { ["name"] = "VARIABLE_" + env.Count, ["value"] = "some value that is not short: " + new string('v', 50) + env.Count });
        var manifest = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["env"] = env }) } };
        var watch = Stopwatch.StartNew();
        var text = ManifestYaml.ToText(manifest);
        text.Length.ShouldBeGreaterThan(1_000_000);
        JsonNode.DeepEquals(ManifestYaml.Parse(text).Root, manifest).ShouldBeTrue();
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30)); // takes well under a second; quadratic work would take minutes
    }

    [Fact]
    public void Render_Manifest_IsReadableAndInOrder()
    {
        var manifest = JsonNode.Parse("""
            {"spec":{"job":{"upgradeMode":"savepoint","parallelism":2,"args":["--rate","500","","a b"],"jarURI":"local:///a.jar"},"flinkVersion":"v1_20","image":"flink:1.20",
             "flinkConfiguration":{"taskmanager.numberOfTaskSlots":"2","execution.checkpointing.interval":"1 min","x":true,"z":"true"},"podTemplate":{"spec":{"volumes":[{"emptyDir":{},"name":"data"}],"hosts":[]}},
             "logConfiguration":{"log4j-console.properties":"a = b\n# c\n"},"restartNonce":null},
             "metadata":{"namespace":"orders","name":"basket"},"kind":"FlinkDeployment","apiVersion":"flink.apache.org/v1beta1"}
            """)!.AsObject();
        ManifestYaml.ToText(manifest).ShouldBe("""
            apiVersion: flink.apache.org/v1beta1
            kind: FlinkDeployment
            metadata:
              name: basket
              namespace: orders
            spec:
              image: flink:1.20
              flinkVersion: v1_20
              restartNonce: null
              flinkConfiguration:
                taskmanager.numberOfTaskSlots: "2"
                execution.checkpointing.interval: 1 min
                x: true
                z: "true"
              logConfiguration:
                log4j-console.properties: |
                  a = b
                  # c
              podTemplate:
                spec:
                  volumes:
                    - name: data
                      emptyDir: {}
                  hosts: []
              job:
                jarURI: local:///a.jar
                args:
                  - --rate
                  - "500"
                  - ""
                  - a b
                parallelism: 2
                upgradeMode: savepoint

            """);
    }

    [Fact]
    public void Lines_ParsedAndRendered_AgreeOnEveryPath()
    {
        var rendered = ManifestYaml.Render(ManifestYaml.Parse(Sample).Root);
        var parsed = ManifestYaml.Parse(rendered.Text);
        foreach (var path in Paths(rendered.Root))
        {
            rendered.Lines.Contains(path).ShouldBeTrue(path);
            rendered.Lines.LineOf(path).ShouldBe(parsed.Lines.LineOf(path), path);
        }
    }

    [Fact]
    public void LineOf_KeyWithDots_FindsItsLine()
    {
        var document = ManifestYaml.Parse(Sample);
        document.Lines.LineOf("spec.flinkConfiguration[taskmanager.numberOfTaskSlots]").ShouldBe(7);
        document.Lines.LineOf("spec.podTemplate.spec.containers[0].name").ShouldBe(11);
        document.Lines.LineOf("spec.job.notThere").ShouldBe(document.Lines.LineOf("spec.job"));
        document.Lines.PathAt(7).ShouldBe("spec.flinkConfiguration[taskmanager.numberOfTaskSlots]");
    }

    [Fact]
    public void Parse_AmbiguousPlainValues_AreListed() =>
        ManifestYaml.Parse("a: yes\nb: \"yes\"\nc: 1_000\nd: normal").Ambiguous.Select(a => (a.Path, a.Line)).ShouldBe([("a", 1), ("c", 3)]);

    [Theory]
    [InlineData("a.b", "x[a.b]")]
    [InlineData("0", "x[\"0\"]")]
    [InlineData("a]b", "x[\"a]b\"]")]
    [InlineData("", "x[\"\"]")]
    [InlineData("app.kubernetes.io/name", "x[app.kubernetes.io/name]")]
    public void SpecPath_OddKeys_AreFoundAgain(string key, string path)
    {
        SpecPath.Key("x", key).ShouldBe(path);
        SpecPath.Split(SpecPath.Index(path, 3)).ShouldBe(["x", key, 3]);
        SpecPath.Parent(path).ShouldBe("x");
    }

    internal static IEnumerable<string> Paths(JsonNode? node, string path = "")
    {
        if (path.Length > 0) yield return path;
        var children = node switch
        {
            JsonObject map => map.SelectMany(e => Paths(e.Value, SpecPath.Key(path, e.Key))),
            JsonArray list => list.SelectMany((e, i) => Paths(e, SpecPath.Index(path, i))),
            _ => [],
        };
        foreach (var child in children) yield return child;
    }

    private static string JsonText(JsonNode? node) => node?.ToJsonString() ?? "null";

    private const string Sample = """
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata:
          name: basket
        spec:
          flinkConfiguration:
            taskmanager.numberOfTaskSlots: "2"
          podTemplate:
            spec:
              containers:
                - name: flink-main-container
                  volumeMounts: [{name: data, mountPath: /flink-data}]
          logConfiguration:
            log4j-console.properties: |
              a
              b
          job:
            args: [--a, "1"]
            state: running
        """;
}
