using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Bench.Rig;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Bench.Rows;

/// <summary>What can be measured without starting anything.</summary>
internal static class InProcess
{
    private const int Documents = 5_000;

    public static Task RunAsync(Stage stage, Report report)
    {
        var documents = Enumerable.Range(0, Documents).Select(SampleResource.Bytes).ToArray();
        var records = Numbers.Retained(() => documents.Select(Read).ToArray());
        var trees = Numbers.Retained(() => documents.Take(Documents / 5).Select(d => Trees.Touch(JsonNode.Parse(d)!)).ToArray()) * 5;
        report.Add(new("record-memory", $"one resource as it is kept, of {Documents:#,0}", records / 1024 / Documents, "KB", new("the same as JSON trees", trees / 1024 / Documents)) { Budget = 10 });

        var manifest = (JsonObject)JsonNode.Parse(documents[0])!;
        manifest.Remove("status");
        var text = ManifestYaml.ToText(manifest);
        var validate = Numbers.Time(() => { for (var i = 0; i < 200; i++) _ = SpecValidator.Validate(new SpecValidationInput(ManifestYaml.Parse(text).Root)); }) / 200;
        var parse = Numbers.Time(() => { for (var i = 0; i < 200; i++) _ = ManifestYaml.Parse(text); }) / 200;
        report.Add(new("validate", "check a manifest as it is typed", validate, "ms", new("only reading its YAML", parse)) { Budget = 50 });
        return Task.CompletedTask;
    }

    private static FlinkResourceRecord Read(byte[] document)
    {
        using var json = JsonDocument.Parse(document);
        return FlinkResourceReader.ReadDeployment(json.RootElement) ?? throw new InvalidOperationException("the sample cannot be read");
    }
}

/// <summary>Resources as JSON trees.</summary>
internal static class Trees
{
    // A tree that nobody looks into is lazy and costs less than one in use.
    public static JsonNode Touch(JsonNode node)
    {
        foreach (var child in node is JsonObject o ? o.Select(p => p.Value) : node is JsonArray a ? a : [])
            if (child is not null) Touch(child);
        return node;
    }
}
