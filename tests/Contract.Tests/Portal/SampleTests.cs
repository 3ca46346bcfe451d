using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Specs;
using Sluice.Testing;
using Sluice.Testing.Clusters;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.Contract.Tests.Portal;

/// <summary>Every sample resource, applied with kubectl to a real API server, appears, can be adopted, and is given back as it was.</summary>
public sealed class SampleTests(RealApiServer server) : IClassFixture<RealApiServer>
{
    private static readonly string[] Folders = [Path.Combine("samples"), Path.Combine("cluster", "samples")];

    [Fact]
    public async Task Samples_AppliedWithKubectl_AppearAreAdoptedAndComeBackUnchanged()
    {
        var files = Folders.SelectMany(f => Directory.GetFiles(SharedFolder.Require(f), "*.yaml")).Order(StringComparer.Ordinal).ToArray();
        files.Length.ShouldBeGreaterThan(10);
        using var data = new DataDirectory();
        var manifests = files.SelectMany(f => ManifestYaml.ParseAll(File.ReadAllText(f)).Select(d => (File: Path.GetFileName(f), d.Root)))
            .Where(m => (string?)m.Root["kind"] is "FlinkDeployment" or "FlinkSessionJob").ToArray();
        var settings = new Dictionary<string, string?> { ["Sluice__Teams__0__Name"] = "samples" };
        var namespaces = manifests.Select((m, i) => $"sample-{i}").ToArray();
        for (var i = 0; i < namespaces.Length; i++) settings[$"Sluice__Teams__0__Namespaces__{i}"] = $"portal-cluster/{namespaces[i]}";
        await using var portal = await PortalProcess.StartAsync(server.Kubeconfig, data.Path, settings);
        using var api = new PortalApi(portal);

        for (var i = 0; i < manifests.Length; i++)
        {
            var (file, root) = manifests[i];
            var (kind, name, ns) = ((string)root["kind"]!, (string)root["metadata"]!["name"]!, namespaces[i]);
            var applied = root.DeepClone().AsObject();
            // Each in a namespace of its own: two samples share a name.
            applied["metadata"]!["namespace"] = ns;
            await KubectlAsync($"{{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{{\"name\":\"{ns}\"}}}}");
            await KubectlAsync(applied.ToJsonString());
            var resource = kind == "FlinkSessionJob" ? "?resource=session-job" : "";
            var pipeline = $"portal-cluster/{ns}/{name}{resource}";

            JsonNode? row = null;
            await Until.TrueAsync(async () => (row = await api.FindAsync(pipeline)) is not null, $"{file}: {kind} {name} to appear");
            ((string?)row!["image"]).ShouldBe((string?)root["spec"]!["image"], file);
            ((string?)row["flinkVersion"]).ShouldBe((string?)root["spec"]!["flinkVersion"], file);
            var expected = kind == "FlinkDeployment" && root["spec"]!["job"] is null ? "SessionCluster" : file.StartsWith("beam", StringComparison.Ordinal) ? "BeamJava" : "FlinkJar";
            ((string)row["kind"]!).ToLowerInvariant().ShouldBe(expected.ToLowerInvariant(), file);
            ((bool)row["registered"]!).ShouldBeFalse(file);
            var before = await ReadAsync(kind, ns, name);

            await api.PostAsync($"/pipelines/portal-cluster/{ns}/{name}/adopt{resource}", new { team = "samples" });

            var after = await ReadAsync(kind, ns, name);
            ((string)after["metadata"]!["resourceVersion"]!).ShouldBe((string)before["metadata"]!["resourceVersion"]!, $"{file}: adopting wrote to the cluster");
            var revision = (await api.GetAsync($"/pipelines/portal-cluster/{ns}/{name}/revisions{resource}"))[0]!;
            var given = ManifestYaml.Parse((string)revision["manifest"]!).Root;
            PipelineManifest.SemanticEquals(Without(given), Without(applied)).ShouldBeTrue($"{file}: revision 1 differs from the sample:\n{revision["manifest"]}");
            await Until.TrueAsync(async () => (bool?)(await api.FindAsync(pipeline))?["registered"] == true, $"{file}: {name} to be shown as registered");
        }
    }

    // What kubectl and the namespace of the test add is no part of the sample.
    private static JsonObject Without(JsonObject manifest)
    {
        var clean = PipelineManifest.Clean(manifest).DeepClone().AsObject();
        if (clean["metadata"]?["annotations"] is JsonObject annotations)
        {
            annotations.Remove("kubectl.kubernetes.io/last-applied-configuration");
            if (annotations.Count == 0) clean["metadata"]!.AsObject().Remove("annotations");
        }

        return clean;
    }

    private async Task<JsonNode> ReadAsync(string kind, string ns, string name) => JsonNode.Parse(await RunAsync(null, "get", kind, name, "-n", ns, "-o", "json"))!;

    private Task KubectlAsync(string manifest) => RunAsync(manifest, "apply", "-f", "-");

    private async Task<string> RunAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--kubeconfig");
        start.ArgumentList.Add(server.Kubeconfig);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"kubectl {string.Join(' ', arguments)}: {await error}");
        return await output;
    }
}
