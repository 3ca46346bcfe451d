using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Operator;

/// <summary>What the reconcilers share.</summary>
internal sealed class OperatorContext(SimulatedCluster cluster, FlinkWorld world, EventRecorder events)
{
    public SimulatedCluster Cluster => cluster;
    public FlinkWorld World => world;
    public EventRecorder Events => events;
    public ObjectStore Store => cluster.Store;
    public OperatorVersion Version => cluster.Options.Operator;
    public DateTimeOffset Now => cluster.Clock.Now;
    public TimeSpan Interval => cluster.Options.ReconcileInterval;
    public TimeSpan Progress => cluster.Options.ProgressInterval;

    /// <summary>Set by the loop: look at a resource again after a while.</summary>
    public Action<ResourceHandle, TimeSpan> Again { get; set; } = (_, _) => { };

    public ResourceType TypeOf(string kind) => cluster.Catalog.Custom.First(t => t.Kind == kind);

    public JsonObject? Read(ResourceHandle handle) => Store.Find(TypeOf(handle.Kind), handle.Namespace, handle.Name)?.ToNode();

    public string Finalizer(string kind) => TypeOf(kind).Plural + ".flink.apache.org/finalizer";

    /// <summary>Puts the finalizer on; 1.7 writes the whole spec back with its defaults on that occasion, which makes a new generation.</summary>
    public JsonObject EnsureFinalizer(JsonObject resource, string kind)
    {
        var metadata = resource["metadata"]!.AsObject();
        var finalizers = metadata["finalizers"] as JsonArray ?? [];
        var wanted = Finalizer(kind);
        if (finalizers.Any(f => f?.ToString() == wanted)) return resource;
        if (finalizers.Parent is null) metadata["finalizers"] = finalizers;
        finalizers.Add(wanted);
        if (!Version.IsNewest && kind == "FlinkDeployment" && Defaults(resource)) metadata["generation"] = metadata["generation"]!.GetValue<long>() + 1;
        return Store.Put(TypeOf(kind), resource).ToNode();
    }

    /// <summary>Writes a status if it differs. 1.16 corrects the condition in a second step where the first came from looking.</summary>
    public void Write(ResourceHandle handle, StatusModel status, bool observed)
    {
        if (Read(handle) is not { } resource) return;
        var sessionJob = handle.Kind == "FlinkSessionJob";
        status.Node["lifecycleState"] = status.Lifecycle(sessionJob);
        var conditions = !sessionJob && Version.IsNewest && status.Node["conditions"] is JsonArray known ? known : null;
        var wanted = conditions is null || status.JobState is null && status.JobManager == "MISSING" ? null : status.Conditions(Now);
        var stale = wanted is not null && (conditions!.Count == 0 || conditions[0]!["reason"]!.ToString() != wanted[0]!["reason"]!.ToString());
        if (stale && (!observed || conditions!.Count == 0)) status.Node["conditions"] = wanted;
        Put(handle, resource, status.Node);
        if (!stale || !observed || conditions!.Count == 0) return;
        status.Node["conditions"] = wanted;
        Put(handle, resource, status.Node);
    }

    public void RemoveFinalizer(ResourceHandle handle)
    {
        if (Read(handle) is not { } resource) return;
        var finalizers = (resource["metadata"]!["finalizers"] as JsonArray)?.Where(f => f?.ToString() != Finalizer(handle.Kind)).Select(f => f!.DeepClone()).ToArray() ?? [];
        if (finalizers.Length == 0)
        {
            Store.Remove(TypeOf(handle.Kind), handle.Namespace, handle.Name);
            return;
        }
        resource["metadata"]!["finalizers"] = new JsonArray(finalizers);
        Store.Put(TypeOf(handle.Kind), resource);
    }

    private void Put(ResourceHandle handle, JsonObject resource, JsonObject status)
    {
        if (JsonNode.DeepEquals(resource["status"], status)) return;
        resource["status"] = status.DeepClone();
        Store.Put(TypeOf(handle.Kind), resource);
    }

    public static bool Defaults(JsonObject resource)
    {
        var changed = false;
        if (resource["spec"] is not JsonObject spec) return false;
        if (spec["jobManager"] is JsonObject jobManager && jobManager["replicas"] is null)
        {
            jobManager["replicas"] = 1;
            changed = true;
        }
        if (spec["podTemplate"] is JsonObject template && template["kind"] is null)
        {
            template["apiVersion"] = "v1";
            template["kind"] = "Pod";
            changed = true;
        }
        if (spec["job"] is not JsonObject job) return changed;
        foreach (var (field, value) in ((string, JsonNode)[])[("args", new JsonArray()), ("state", "running"), ("upgradeMode", "stateless")])
        {
            if (job.ContainsKey(field)) continue;
            job[field] = value;
            changed = true;
        }
        return changed;
    }
}
