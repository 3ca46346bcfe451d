using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Bench;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

// Each row is a budget or a claim beside a peer that is measured in the same run: absolute times of a busy machine prove little.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Count = 20_000;
var documents = Enumerable.Range(0, Count).Select(SampleResource.Bytes).ToArray();
List<Row> rows = [];

var records = Retained(() => documents.Select(d => Read(d)).ToArray());
var trees = Retained(() => documents.Take(Count / 10).Select(d => Touch(JsonNode.Parse(d)!)).ToArray()) * 10;
rows.Add(new("index-memory", "a pipeline's record in memory, 20,000 of them", records / 1024.0 / Count, "KB", "the same as JSON trees", trees / 1024.0 / Count, 10));

var manifest = (JsonObject)JsonNode.Parse(documents[0])!;
manifest.Remove("status");
var text = ManifestYaml.ToText(manifest);
var validate = Time(() => { for (var i = 0; i < 200; i++) _ = SpecValidator.Validate(new SpecValidationInput(ManifestYaml.Parse(text).Root)); }) / 200;
var parseOnly = Time(() => { for (var i = 0; i < 200; i++) _ = ManifestYaml.Parse(text); }) / 200;
rows.Add(new("validate", "check a manifest as it is typed", validate, "ms", "only reading its YAML", parseOnly, 50));

Console.WriteLine($"{"id",-14} {"work",-48} {"value",12} {"peer",-26} {"value",12} {"ratio",8} {"budget",10}  ok");
foreach (var r in rows)
    Console.WriteLine($"{r.Id,-14} {r.Work,-48} {$"{r.Value:0.00} {r.Unit}",12} {r.Peer,-26} {$"{r.PeerValue:0.00} {r.Unit}",12} {r.Value / r.PeerValue,8:0.000} {$"{r.Budget:0.##} {r.Unit}",10}  {(r.Ok ? "yes" : "NO")}");
File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "results.json"), JsonSerializer.Serialize(rows));
return rows.All(r => r.Ok) ? 0 : 1;

static FlinkResourceRecord Read(byte[] document)
{
    using var json = JsonDocument.Parse(document);
    return FlinkResourceReader.ReadDeployment(json.RootElement) ?? throw new InvalidOperationException("the sample cannot be read");
}

// A tree that nobody looks into is lazy and costs less than one in use.
static JsonNode Touch(JsonNode node)
{
    foreach (var child in node is JsonObject o ? o.Select(p => p.Value) : node is JsonArray a ? a : [])
        if (child is not null) Touch(child);
    return node;
}

static double Time(Action work)
{
    work();
    var times = new double[5];
    for (var i = 0; i < times.Length; i++)
    {
        var clock = Stopwatch.StartNew();
        work();
        times[i] = clock.Elapsed.TotalMilliseconds;
    }

    Array.Sort(times);
    return times[times.Length / 2];
}

static double Retained<T>(Func<T> make)
{
    var before = GC.GetTotalMemory(true);
    var made = make();
    var after = GC.GetTotalMemory(true);
    GC.KeepAlive(made);
    return after - before;
}
