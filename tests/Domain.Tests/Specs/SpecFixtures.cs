using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sluice.Domain.Specs;
using Sluice.Testing;

namespace Sluice.Domain.Tests.Specs;

internal static class SpecFixtures
{
    public const string Good = """
        # kept by the team orders
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata:
          name: basket
          namespace: orders
        spec:
          image: registry.example/orders/basket:2.4.0
          flinkVersion: v1_20
          serviceAccount: flink
          flinkConfiguration:
            taskmanager.numberOfTaskSlots: "2"   # one per core
            execution.checkpointing.interval: 1 min
            execution.checkpointing.dir: s3://flink/orders/basket/ckpt
            execution.checkpointing.savepoint-dir: s3://flink/orders/basket/save
            high-availability.type: kubernetes
            high-availability.storageDir: s3://flink/orders/basket/ha
          podTemplate:
            spec:
              containers:
                - name: flink-main-container
                  volumeMounts: [{name: data, mountPath: /data}]
          jobManager:
            resource: {memory: 1600m, cpu: 1}
          taskManager:
            resource: {memory: 4g, cpu: 2}
          # the job itself
          job:
            jarURI: local:///opt/flink/usrlib/basket.jar
            entryClass: example.orders.Basket
            args: [--topic, baskets, --window, 30m]
            parallelism: 4
            upgradeMode: savepoint
            state: running
        """;

    public const string SessionJob = """
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkSessionJob
        metadata: {name: totals, namespace: orders}
        spec:
          deploymentName: shared
          flinkConfiguration: {execution.checkpointing.dir: "s3://a", execution.checkpointing.savepoint-dir: "s3://b", execution.checkpointing.interval: 1 min}
          job: {jarURI: "https://repo.example/a.jar", parallelism: 2, upgradeMode: savepoint}
        """;

    public const string Snapshot = """
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkStateSnapshot
        metadata: {name: basket-1, namespace: orders}
        spec:
          jobReference: {kind: FlinkDeployment, name: basket}
          savepoint: {disposeOnDelete: false}
        """;

    /// <summary>A manifest changed by a merge patch (RFC 7386).</summary>
    public static JsonObject With(string yaml, string patch) => Merge(ManifestYaml.Parse(yaml).Root, JsonNode.Parse(patch)!.AsObject());

    /// <summary>The schemas of an operator's CRDs by kind.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Schemas(params string[] folder) => Read.GetOrAdd(SharedFolder.Require(folder), path => new(() => ReadSchemas(path))).Value;

    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<string, JsonObject>>> Read = new();

    private static Dictionary<string, JsonObject> ReadSchemas(string folder) =>
        Directory.GetFiles(folder, "*.yml").Select(f => ManifestYaml.Parse(File.ReadAllText(f)).Root)
            .ToDictionary(c => (string)c["spec"]!["names"]!["kind"]!, c => c["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.DeepClone().AsObject());

    /// <summary>All manifests of the shared samples, with the schemas of the operator that they are for.</summary>
    public static IEnumerable<(string Name, ManifestDocument Document, IReadOnlyDictionary<string, JsonObject> Schemas)> Samples()
    {
        var newest = Schemas("crds");
        var old = Schemas("cluster", "crds-operator-1.7");
        foreach (var (folder, schemas) in new[] { (SharedFolder.Require("samples"), newest), (SharedFolder.Require("cluster", "samples"), old) })
            foreach (var file in Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
                foreach (var document in ManifestYaml.ParseAll(File.ReadAllText(file)))
                    yield return (Path.GetFileName(file) + " " + (string?)document.Root["kind"], document, schemas);
    }

    private static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is null) target.Remove(key);
            else if (value is JsonObject map) target[key] = Merge(target[key] as JsonObject ?? [], map);
            else target[key] = value.DeepClone();
        }
        return target;
    }
}
