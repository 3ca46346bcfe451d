using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

/// <summary>Resources as people write them: each one is read, adopted and rendered back without a difference in meaning.</summary>
public sealed class SampleResourceTests
{
    [Theory]
    [InlineData("samples")]
    [InlineData("cluster/samples")]
    public void Manifest_OfEverySample_MeansTheSameWhenReadBack(string folder)
    {
        var seen = 0;
        foreach (var file in Directory.GetFiles(SharedFolder.Require(folder.Split('/')), "*.yaml"))
            foreach (var document in ManifestYaml.ParseAll(File.ReadAllText(file)))
            {
                if ((string?)document.Root["kind"] is not ("FlinkDeployment" or "FlinkSessionJob")) continue;
                seen++;
                var resource = (string?)document.Root["kind"] == "FlinkSessionJob" ? FlinkResource.SessionJob : FlinkResource.Deployment;
                var record = FlinkResourceReader.Read(JsonSerializer.SerializeToElement(document.Root), resource).ShouldNotBeNull(file);
                record.DetectedKind.ShouldNotBe(PipelineKind.Unknown, file);
                var key = new PipelineKey("c", record.ObjectKey.Namespace, record.ObjectKey.Name, resource);

                var back = ManifestYaml.Parse(ManifestYaml.ToText(RegistryService.Manifest(document.Root, key))).Root;

                JsonNode.DeepEquals(back["spec"], document.Root["spec"]).ShouldBeTrue(file);
                SpecComparison.Compare((JsonObject?)back["spec"], (JsonObject?)document.Root["spec"]).ShouldBeEmpty(file);
            }
        seen.ShouldBeGreaterThan(4);
    }
}
